"""Proofs of somebody inside: by password and by code, for what, and for how long."""

from __future__ import annotations

import pytest

from account_parts import NEW, House, id_of
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, GOOD_PASSWORD, code_of, wrong


async def test_a_right_password_is_a_proof_for_ten_minutes(
    house: House, clock: FrozenClock
) -> None:
    ana = await house.ana()

    answer = await ana.call("POST", "/verifications/password", {"password": GOOD_PASSWORD})

    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == {"verificationRecordId", "expiresAt"}
    assert body["expiresAt"] == "2027-01-15T08:10:00.000Z"
    sessions = "/my-account/sessions"
    proof = id_of(answer)
    assert (await ana.call("GET", sessions, proof=proof)).status_code == 200
    clock.advance(599.999)
    assert (await ana.call("GET", sessions, proof=proof)).status_code == 200
    clock.advance(0.001)
    found = code_of(await ana.call("GET", sessions, proof=proof))
    assert found == (401, "verification_record.permission_denied")


@pytest.mark.parametrize("password", [None, GOOD_PASSWORD])
async def test_a_wrong_password_is_no_proof(house: House, password: str | None) -> None:
    ana = await house.enter(await house.person(password))

    answer = await ana.call("POST", "/verifications/password", {"password": "wrong"})

    assert code_of(answer) == (422, "session.invalid_credentials")


async def test_failed_passwords_lock_the_person_and_tell_hooks(house: House) -> None:
    await house.door.settings(sentinelPolicy={"maxAttempts": 3, "lockoutDuration": 5})
    await house.door.listen("Identifier.Lockout")
    ana = await house.ana()
    path = "/verifications/password"

    answers = [await ana.call("POST", path, {"password": "wrong"}) for _ in range(3)]
    right = await ana.call("POST", path, {"password": GOOD_PASSWORD})

    locked = (400, "session.verification_blocked_too_many_attempts")
    assert [code_of(one)[0] for one in answers] == [422, 422, 400]
    assert code_of(right) == locked
    told = await house.door.told()
    assert [(one["type"], one["value"]) for one in told] == [("userId", ana.row.id)] * 2


@pytest.mark.parametrize(
    ("value", "asked", "template"),
    [
        (ANA, None, "UserPermissionValidation"),
        (ANA, "UserPermissionValidation", "UserPermissionValidation"),
        (ANA, "BindMfa", "BindMfa"),
        (NEW, None, "BindNewIdentifier"),
        (NEW, "BindMfa", "BindNewIdentifier"),
        # The spelling counts.
        ("Ana@example.com", "UserPermissionValidation", "BindNewIdentifier"),
    ],
)
async def test_what_a_code_is_for_depends_on_whose_address_it_is(
    house: House, value: str, asked: str | None, template: str
) -> None:
    ana = await house.ana()
    more = {} if asked is None else {"templateType": asked}

    answer = await ana.send(value, **more)

    [mail] = await house.door.mails()
    assert answer.status_code == 201
    assert mail.type == template
    assert mail.ip is None
    assert mail.payload["locale"] == "en"
    assert mail.payload["application"] == {"id": "demo-app", "name": "Live Preview"}
    assert mail.payload["user"]["primaryEmail"] == ANA
    assert mail.payload.keys() == {"code", "locale", "application", "user"}


async def test_a_code_is_mailed_in_the_language_of_the_sign_in(house: House) -> None:
    ana = await house.ana()
    ana.headers = {"Accept-Language": "de", "Cookie": "_logto=%7B%22uiLocales%22%3A%22fr%20x%22%7D"}

    await ana.send()

    [mail] = await house.door.mails()
    assert (mail.payload["locale"], mail.payload["uiLocales"]) == ("fr", "fr x")


async def test_a_code_works_once(house: House) -> None:
    ana = await house.ana()
    proof = id_of(await ana.send())
    code = await house.door.code()

    answers = [await ana.verify(proof, wrong(code)), await ana.verify(proof, code)]
    again = await ana.verify(proof, code)

    assert code_of(answers[0]) == (400, "verification_code.code_mismatch")
    assert answers[1].json() == {"verificationRecordId": proof}
    assert code_of(again) == (400, "verification_code.not_found")


async def test_a_code_is_for_the_address_that_it_went_to(house: House) -> None:
    ana = await house.ana()
    proof = id_of(await ana.send(NEW))
    code = await house.door.code(NEW)

    other = await ana.verify(proof, code, "other@example.com")
    by_phone = await ana.verify(proof, code, "61412345678", "phone")

    assert code_of(other) == (400, "verification_code.email_mismatch")
    assert code_of(by_phone) == (400, "verification_record.not_found")


async def test_a_newer_code_takes_the_place_of_an_older_one(house: House) -> None:
    ana = await house.ana()
    older = id_of(await ana.send())
    code = await house.door.code()
    newer = id_of(await ana.send())

    found = code_of(await ana.verify(older, code))
    right = await ana.verify(newer, await house.door.code())

    assert found == (400, "verification_record.not_found")
    assert right.status_code == 200


async def test_a_proof_that_is_over_is_typed_in_vain(house: House, clock: FrozenClock) -> None:
    ana = await house.ana()
    proof = id_of(await ana.send())
    clock.advance(600)

    found = code_of(await ana.verify(proof, await house.door.code()))

    assert found == (400, "verification_record.not_found")


async def test_failed_codes_lock_the_address(house: House) -> None:
    await house.door.settings(sentinelPolicy={"maxAttempts": 2, "lockoutDuration": 5})
    ana = await house.ana()
    proof = id_of(await ana.send())
    code = await house.door.code()

    answers = [await ana.verify(proof, wrong(code)) for _ in range(2)]
    right = await ana.verify(proof, code)

    locked = (400, "session.verification_blocked_too_many_attempts")
    assert [code_of(one) for one in (*answers, right)] == [
        (400, "verification_code.code_mismatch"),
        locked,
        locked,
    ]


async def test_a_new_address_has_to_be_one_that_the_tenant_takes(house: House) -> None:
    await house.door.settings(emailBlocklistPolicy={"customBlocklist": ["@example.com"]})
    ana = await house.ana()

    own = await ana.send(ANA)
    new = await ana.send(NEW)

    assert own.status_code == 201
    assert code_of(new) == (422, "session.email_blocklist.email_not_allowed")


async def test_codes_are_sent_as_often_as_the_limit_lets(house: House) -> None:
    await house.door.listen("Message.RateLimited")
    ana = await house.ana()

    answers = [await ana.send(NEW) for _ in range(11)]

    assert [one.status_code for one in answers] == [201] * 10 + [429]
    assert code_of(answers[-1]) == (429, "request.message_rate_limited")
    [told] = await house.door.told()
    assert (told["action"], told["recipient"]) == ("VerificationCodeSend", NEW)


async def test_a_number_needs_a_connector_for_messages(house: House) -> None:
    ana = await house.ana()

    found = code_of(await ana.send("61412345678", "phone"))

    assert found == (501, "connector.not_found")
    assert await house.door.mails() == []


async def test_proofs_are_put_on_record_without_what_was_typed(house: House) -> None:
    ana = await house.ana()
    await ana.call("POST", "/verifications/password", {"password": "wrong"})
    await ana.by_password()
    proof = id_of(await ana.send())
    code = await house.door.code()
    await ana.verify(proof, code)

    logged = {
        name: await house.door.logged(f"Account.Verification.{name}")
        for name in (
            "Password.Submit",
            "VerificationCode.Create",
            "VerificationCode.Submit",
        )
    }

    results = {name: sorted(one["result"] for one in entries) for name, entries in logged.items()}
    assert results == {
        "Password.Submit": ["Error", "Success"],
        "VerificationCode.Create": ["Success"],
        "VerificationCode.Submit": ["Success"],
    }
    text = str(logged)
    assert GOOD_PASSWORD not in text
    assert code not in text
    assert {one["userId"] for entries in logged.values() for one in entries} == {ana.row.id}
