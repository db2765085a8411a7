"""A proof is good for one purpose, person, application and address, and for no other."""

from __future__ import annotations

import asyncio

import pytest

from account_parts import NEW, House, Person, id_of
from carteiro.flows.sign_in.door.identify import InteractionEvent
from door_parts import ANA, GOOD_PASSWORD, code_of, proof_of
from sign_in_parts import make_client

BOB = "bob@example.com"
DENIED = (401, "verification_record.permission_denied")
NOT_FOUND = (400, "verification_record.not_found")


async def proofs(house: House, ana: Person) -> dict[str, str]:
    """A proof of each kind, and one of each that is not proven."""
    other = await house.enter(ana.row, client_id="other")
    bob = await house.enter(await house.person(primary_email=BOB))
    return {
        "password": await ana.by_password(),
        "permission": await house.proven(ana),
        "second factor": await house.proven(ana, templateType="BindMfa"),
        "new address": await house.proven(ana, NEW),
        "another new address": await house.proven(ana, "else@example.com"),
        "permission, not typed": id_of(await ana.send()),
        "new address, not typed": id_of(await ana.send("third@example.com")),
        "password, other application": await other.by_password(),
        "permission, other application": await house.proven(other),
        "new address, other application": await house.proven(other, NEW),
        "password, other person": await bob.by_password(),
        "permission, other person": await house.proven(bob, BOB),
        "new address, other person": await house.proven(bob, NEW),
        "none": "unknown",
    }


async def test_only_a_proof_of_identity_of_ones_own_lets_one_change_anything(
    house: House,
) -> None:
    await make_client(house.door.world, "other")
    ana = await house.ana()
    found = {}

    for name, proof in (await proofs(house, ana)).items():
        answer = await ana.call("GET", "/my-account/sessions", proof=proof)
        found[name] = code_of(answer)

    good = {name for name, how in found.items() if how == (200, None)}
    assert good == {"password", "permission"}
    assert {how for name, how in found.items() if name not in good} == {DENIED}


async def test_only_a_proof_of_just_that_address_binds_it(house: House) -> None:
    await make_client(house.door.world, "other")
    ana = await house.ana()
    found = {}

    made = await proofs(house, ana)
    for name, proof in made.items():
        body = {"email": NEW, "newIdentifierVerificationRecordId": proof}
        identity = await ana.by_password()
        answer = await ana.call("POST", "/my-account/primary-email", body, proof=identity)
        found[name] = code_of(answer)

    good = {name for name, how in found.items() if how == (204, None)}
    assert good == {"new address"}
    assert {how for name, how in found.items() if name not in good} == {NOT_FOUND}


async def test_an_address_is_bound_as_it_was_proven(house: House) -> None:
    ana = await house.ana()
    identity, record = await ana.by_password(), await house.proven(ana, NEW)
    body = {"email": "New@example.com", "newIdentifierVerificationRecordId": record}

    answer = await ana.call("POST", "/my-account/primary-email", body, proof=identity)

    assert code_of(answer) == NOT_FOUND


async def test_a_proof_of_identity_binds_no_address_that_the_account_had(house: House) -> None:
    ana = await house.enter(await house.person(username="ana"))
    identity = await house.proven(ana)
    await ana.call("DELETE", "/my-account/primary-email", proof=identity)
    body = {"email": ANA, "newIdentifierVerificationRecordId": identity}

    answer = await ana.call("POST", "/my-account/primary-email", body, proof=identity)

    assert code_of(answer) == NOT_FOUND


async def test_a_code_is_typed_by_who_asked_for_it_and_where(house: House) -> None:
    await make_client(house.door.world, "other")
    ana = await house.ana()
    other = await house.enter(ana.row, client_id="other")
    bob = await house.enter(await house.person(primary_email=BOB))
    proof = id_of(await ana.send(NEW))
    code = await house.door.code(NEW)

    found = [code_of(await one.verify(proof, code, NEW)) for one in (other, bob, ana)]

    assert found == [NOT_FOUND, NOT_FOUND, (200, None)]


async def test_a_code_from_inside_opens_no_door_and_one_from_the_door_nothing_inside(
    house: House,
) -> None:
    ana = await house.ana()
    browser = await house.door.browser()
    await browser.begin(InteractionEvent.SIGN_IN.value)
    at_door = proof_of(await browser.send())
    door_code = await house.door.code()
    inside = id_of(await ana.send())
    code = await house.door.code()

    typed_at_door = await browser.verify(inside, code)
    other_code = await browser.verify(at_door, code) if code != door_code else None
    typed_inside = await ana.verify(at_door, door_code)
    used_inside = await ana.call("GET", "/my-account/sessions", proof=at_door)

    assert code_of(typed_at_door) == (404, "session.verification_session_not_found")
    assert other_code is None or code_of(other_code) == (400, "verification_code.code_mismatch")
    assert code_of(typed_inside) == NOT_FOUND
    assert code_of(used_inside) == DENIED


# --- two at once ------------------------------------------------------------------------------


async def test_of_two_who_bind_one_address_one_gets_it(house: House) -> None:
    people = [
        await house.enter(await house.person(primary_email=f"p{count}@example.com"))
        for count in range(4)
    ]
    calls = []
    for person in people:
        identity, record = await person.by_password(), await house.proven(person, NEW)
        body = {"email": NEW, "newIdentifierVerificationRecordId": record}
        calls.append(person.call("POST", "/my-account/primary-email", body, proof=identity))

    answers = await asyncio.gather(*calls)

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(204, None), *[(422, "user.email_already_in_use")] * 3]


async def test_of_a_bind_and_a_registration_one_gets_the_address(house: House) -> None:
    ana = await house.ana()
    identity, record = await ana.by_password(), await house.proven(ana, NEW)
    browser = await house.door.browser()
    await browser.begin("Register")
    proof = proof_of(await browser.send("Register", NEW))
    await browser.verify(proof, await house.door.code(NEW), NEW)
    body = {"email": NEW, "newIdentifierVerificationRecordId": record}

    bound, registered = await asyncio.gather(
        ana.call("POST", "/my-account/primary-email", body, proof=identity),
        browser.identify(proof),
    )

    taken = (422, "user.email_already_in_use")
    assert sorted([code_of(bound), code_of(registered)]) in (
        sorted([(204, None), taken]),
        sorted([taken, (201, None)]),
    )


async def test_of_two_codes_typed_at_once_one_counts(house: House) -> None:
    ana = await house.ana()
    proof = id_of(await ana.send())
    code = await house.door.code()

    answers = await asyncio.gather(*(ana.verify(proof, code) for _ in range(5)))

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(200, None), *[(400, "verification_code.not_found")] * 4]


@pytest.mark.parametrize("last", ["primary-email", "primary-phone"])
async def test_of_two_last_ways_to_sign_in_one_stays(house: House, last: str) -> None:
    ana = await house.enter(await house.person(primary_phone="61412345678"))
    identity = await ana.by_password()
    paths = [f"/my-account/{name}" for name in ("primary-email", "primary-phone")]
    if last == "primary-email":
        paths.reverse()

    answers = await asyncio.gather(*(ana.call("DELETE", one, proof=identity) for one in paths))

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(204, None), (400, "user.last_sign_in_method_required")]


async def test_two_changes_at_once_are_both_kept(house: House) -> None:
    ana = await house.ana()

    await asyncio.gather(
        *(ana.call("PATCH", "/my-account/profile", {name: "x"}) for name in ("nickname", "gender")),
        ana.call("PATCH", "/my-account", {"name": "Ana"}),
    )

    shown = (await ana.call("GET", "/my-account")).json()
    assert (shown["profile"], shown["name"]) == ({"nickname": "x", "gender": "x"}, "Ana")


async def test_a_password_that_changes_while_it_is_compared_is_no_proof(house: House) -> None:
    ana = await house.ana()
    identity = await ana.by_password()
    new = "another-Horse8-battery"

    await asyncio.gather(
        ana.call("POST", "/my-account/password", {"password": new}, proof=identity),
        ana.call("POST", "/verifications/password", {"password": GOOD_PASSWORD}),
    )

    again = await ana.call("POST", "/verifications/password", {"password": GOOD_PASSWORD})
    assert code_of(again) == (422, "session.invalid_credentials")
    assert (await ana.by_password(new)) is not None
    assert (await ana.call("GET", "/my-account")).json()["primaryEmail"] == ANA
