"""A password that was reset by mail opens nothing to who has the mailbox alone (security 2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.people.passwords import set_password
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.testing.http_sink import HttpSink
from door_parts import ANA, GOOD_PASSWORD, TENANT, Browser, Door, code_of, method, proof_of, proven
from page_parts import reader

NEW_PASSWORD = "another-Goose9-lantern"
PHONE = "351912345678"
EMAIL_CODE, PHONE_CODE = "EmailVerificationCode", "PhoneVerificationCode"
_LOCKS = Statement.of("test.locks", "SELECT * FROM lockouts ORDER BY target_hash")
_SESSIONS = Statement.of("test.sessions", "SELECT * FROM browser_sessions")
REQUIRED = (403, "session.mfa.require_mfa_verification")


@pytest.fixture
async def texts(door: Door) -> AsyncIterator[HttpSink]:
    """People reset by mail or phone, and have both and more as second factors."""
    async with HttpSink() as sink:
        new = NewConnector(connector_id="http-sms", config={"endpoint": sink.url})
        await create_connector(door.world, TENANT, new)
        await door.settings(
            signIn={"methods": [method("username", password=True)]},
            signUp={"identifiers": ["username"], "password": True, "verify": False},
            forgotPasswordMethods=[EMAIL_CODE, PHONE_CODE],
            mfa={"factors": ["Totp", EMAIL_CODE, PHONE_CODE], "policy": "Mandatory"},
        )
        yield sink


async def account(door: Door, *stored: str, **columns: Any) -> UserRow:
    row = await door.person(GOOD_PASSWORD, username="ana", primary_email=ANA, **columns)
    kept = json.dumps([{"type": kind, "createdAt": "2026-01-01"} for kind in stored])
    await door.world.database.apply(users.updating(replace(row, mfa_verifications=kept)))
    return row


async def reset_by_mail(door: Door) -> Browser:
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    proof = await proven(door, browser, "ForgotPassword")
    assert (await browser.identify(proof)).status_code == 204
    return browser


async def finish(browser: Browser) -> int:
    body = {"password": NEW_PASSWORD}
    assert (await browser.call("PUT", "/profile/password", body)).status_code == 204
    return (await browser.submit()).status_code


async def signing_in(door: Door, password: str = NEW_PASSWORD) -> Browser:
    browser = await door.browser()
    await browser.begin()
    proof = proof_of(await browser.password(password, value="ana", kind="username"))
    await browser.identify(proof)
    return browser


async def send_second(browser: Browser, kind: str) -> Any:
    path = "/verification/mfa-verification-code"
    return await browser.call("POST", path, {"identifierType": kind})


async def prove(door: Door, texts: HttpSink, browser: Browser, kind: str) -> None:
    proof = proof_of(await send_second(browser, kind))
    by_mail = kind == "email"
    code = await door.code() if by_mail else texts.requests[-1].json()["payload"]["code"]
    body = {"identifierType": kind, "verificationId": proof, "code": code}
    path = "/verification/mfa-verification-code/verify"
    assert (await browser.call("POST", path, body)).status_code == 200


async def config_of(door: Door, row: UserRow) -> dict[str, Any]:
    async def work(tx: Transaction) -> Any:
        return await users.get(tx, TENANT, row.id)

    found: dict[str, Any] = json.loads((await door.world.database.read(work)).logto_config)
    return found


def asked(answer: Any) -> Any:
    return answer.json()["data"]["availableFactors"]


async def test_an_account_with_totp_is_still_asked_for_it(door: Door, texts: HttpSink) -> None:
    await account(door, "Totp")

    assert await finish(await reset_by_mail(door)) == 204
    browser = await signing_in(door)

    refused = await browser.submit()
    assert code_of(refused) == REQUIRED
    assert refused.json()["data"] == {"availableFactors": ["Totp"], "maskedIdentifiers": {}}
    assert code_of(await send_second(browser, "email")) == (
        400,
        "session.mfa.mfa_factor_not_enabled",
    )
    for decision in ("mfa-skipped", "mfa-enabled"):
        again = await browser.call("POST", f"/profile/mfa/{decision}")
        assert code_of(again) == REQUIRED
    assert code_of(await browser.submit()) == REQUIRED


async def test_a_code_that_was_sent_before_the_reset_does_not_count_either(
    door: Door, texts: HttpSink
) -> None:
    await account(door, "Totp")
    browser = await signing_in(door, GOOD_PASSWORD)
    await prove(door, texts, browser, "email")

    await finish(await reset_by_mail(door))

    assert code_of(await browser.submit()) == REQUIRED


async def test_another_channel_is_asked_for_once_and_then_either(
    door: Door, texts: HttpSink
) -> None:
    row = await account(door, primary_phone=PHONE)
    before = await signing_in(door, GOOD_PASSWORD)
    either = await before.submit()
    await finish(await reset_by_mail(door))
    browser = await signing_in(door)

    refused = await browser.submit()
    await prove(door, texts, browser, "phone")
    passed = await browser.submit()
    after = await (await signing_in(door)).submit()

    assert asked(either) == asked(after) == [PHONE_CODE, EMAIL_CODE]
    assert refused.json()["data"] == {
        "availableFactors": [PHONE_CODE],
        "maskedIdentifiers": {PHONE_CODE: "****5678"},
    }
    assert passed.status_code == 200
    assert "passwordResetBy" not in await config_of(door, row)


async def test_a_phone_that_resets_is_no_second_factor_where_there_is_a_mailbox(
    door: Door, texts: HttpSink
) -> None:
    await account(door, primary_phone=PHONE)
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    identifier = {"type": "phone", "value": PHONE}
    body = {"identifier": identifier, "interactionEvent": "ForgotPassword"}
    path = "/verification/verification-code"
    proof = proof_of(await browser.call("POST", path, body))
    typed = {
        "identifier": identifier,
        "verificationId": proof,
        "code": texts.requests[-1].json()["payload"]["code"],
    }
    await browser.call("POST", f"{path}/verify", typed)
    await browser.identify(proof)
    await finish(browser)

    assert asked(await (await signing_in(door)).submit()) == [EMAIL_CODE]


async def test_who_shows_another_factor_at_the_reset_has_shown_it(
    door: Door, texts: HttpSink
) -> None:
    await account(door, primary_phone=PHONE)
    browser = await reset_by_mail(door)
    await prove(door, texts, browser, "phone")

    assert await finish(browser) == 204
    assert asked(await (await signing_in(door)).submit()) == [PHONE_CODE, EMAIL_CODE]


async def test_a_second_code_to_the_same_mailbox_is_no_other_factor(
    door: Door, texts: HttpSink
) -> None:
    await account(door, primary_phone=PHONE)
    browser = await reset_by_mail(door)
    await prove(door, texts, browser, "email")

    assert await finish(browser) == 204
    assert asked(await (await signing_in(door)).submit()) == [PHONE_CODE]


async def test_who_has_nothing_but_the_mailbox_is_asked_for_that(
    door: Door, texts: HttpSink
) -> None:
    await account(door)
    await finish(await reset_by_mail(door))
    browser = await signing_in(door)

    assert asked(await browser.submit()) == [EMAIL_CODE]
    await prove(door, texts, browser, "email")
    assert (await browser.submit()).status_code == 200


async def test_a_factor_that_is_gone_locks_nobody_out(door: Door, texts: HttpSink) -> None:
    row = await account(door, "Totp")
    await finish(await reset_by_mail(door))

    await door.settings(mfa={"factors": [EMAIL_CODE], "policy": "Mandatory"})

    assert asked(await (await signing_in(door)).submit()) == [EMAIL_CODE]
    await door.settings(mfa={"factors": ["Totp", EMAIL_CODE], "policy": "Mandatory"})
    assert asked(await (await signing_in(door)).submit()) == ["Totp"]
    await set_password(door.world, TENANT, row.id, GOOD_PASSWORD)
    browser = await signing_in(door, GOOD_PASSWORD)
    assert asked(await browser.submit()) == ["Totp", EMAIL_CODE]


async def test_a_reset_that_a_stranger_begins_changes_nothing(door: Door, texts: HttpSink) -> None:
    row = await account(door, "Totp")
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    await browser.send("ForgotPassword")

    assert (await browser.submit()).status_code == 404
    assert "passwordResetBy" not in await config_of(door, row)
    assert asked(await (await signing_in(door, GOOD_PASSWORD)).submit()) == ["Totp", EMAIL_CODE]


async def test_a_reset_that_a_stranger_begins_leaves_sessions_and_locks_as_they_are(
    door: Door, texts: HttpSink
) -> None:
    await door.settings(mfa={"factors": [], "policy": "UserControlled"})
    row = await account(door)
    owner = reader(door)
    await owner.begin()
    await owner.send(identifier="ana", password=GOOD_PASSWORD)
    assert owner.signed_in()
    for value, kind in (("ana", "username"), (ANA, "email")):
        guesser = await door.browser()
        await guesser.begin()
        await guesser.password("wrong-Goose9-lantern", value=value, kind=kind)
    before = await kept(door, row)
    assert all(before)

    stranger = await door.browser()
    await stranger.begin("ForgotPassword")
    for _ in range(3):
        assert (await stranger.send("ForgotPassword")).status_code == 200
    assert (await stranger.submit()).status_code == 404

    assert await kept(door, row) == before
    await owner.begin(prompt="none")
    assert "code" in owner.signed_in()
    assert code_of(await (await signing_in(door, GOOD_PASSWORD)).submit()) == (200, None)


async def kept(door: Door, row: UserRow) -> tuple[Any, ...]:
    """The person, the locks and the sessions, as the database has them."""

    async def work(tx: Transaction) -> tuple[Any, ...]:
        found = [[dict(one) for one in await tx.all(asked)] for asked in (_LOCKS, _SESSIONS)]
        return (await users.get(tx, TENANT, row.id), *found)

    return await door.world.database.read(work)
