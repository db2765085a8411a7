"""Somebody is on the way in when their password or their address becomes another one."""

from __future__ import annotations

import pytest

from carteiro.flows.administer.people.passwords import set_password
from carteiro.flows.administer.people.users import update_user
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, by_code, code_of, method, proof_of, proven

NEW = "another-Horse8-battery"
NOBODY = (404, "session.identifier_not_found")


async def by_passwords(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )


async def test_an_old_password_signs_nobody_in_who_has_not_gone_on(door: Door) -> None:
    await by_passwords(door)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    thief = await door.browser()
    await thief.begin()
    await thief.identify(proof_of(await thief.password()))

    door.clock.advance(1)
    await set_password(door.world, TENANT, ana.id, NEW)
    late = await thief.submit()

    assert code_of(late) == NOBODY
    fresh = await thief.identify(proof_of(await thief.password(NEW)))
    assert (fresh.status_code, (await thief.submit()).status_code) == (204, 200)


async def test_an_old_password_identifies_nobody(door: Door) -> None:
    await by_passwords(door)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    thief = await door.browser()
    await thief.begin()
    proof = proof_of(await thief.password())

    door.clock.advance(1)
    await set_password(door.world, TENANT, ana.id, NEW)

    assert code_of(await thief.identify(proof)) == (400, "session.verification_failed")


@pytest.mark.parametrize("event", ["SignIn", "ForgotPassword"])
async def test_an_old_address_lets_nobody_in_who_has_not_gone_on(door: Door, event: str) -> None:
    await by_passwords(door)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    thief = await door.browser()
    await thief.begin(event)
    await thief.identify(await proven(door, thief, event))
    if event == "ForgotPassword":
        chosen = await thief.call("PUT", "/profile/password", {"password": NEW})
        assert chosen.status_code == 204, chosen.text

    await update_user(door.world, TENANT, ana.id, {"primary_email": "safe@example.com"})

    assert code_of(await thief.submit()) == NOBODY


async def test_who_came_by_a_code_goes_on_whatever_becomes_of_the_password(door: Door) -> None:
    await by_passwords(door)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await by_code(door)

    door.clock.advance(1)
    await set_password(door.world, TENANT, ana.id, NEW)

    assert (await browser.submit()).status_code == 200
