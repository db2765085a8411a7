"""Who is locked at the door, and that a stranger locks out nobody, over HTTP."""

from __future__ import annotations

from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.guards.known_browsers import COOKIE
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    TENANT,
    Browser,
    Door,
    code_of,
    method,
    proof_of,
    proven,
    wrong,
)

BLOCKED = (400, "session.verification_blocked_too_many_attempts")
BY_EITHER = {"signIn": {"methods": [method("email", password=True, code=True)]}}
THREE = {"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 30}}


async def known_browser(door: Door) -> Browser:
    """A browser in which Ana signed in before, and is about to sign in again."""
    before = await door.browser()
    await before.begin()
    await before.identify(await proven(door, before))
    await before.submit()
    again = await door.browser()
    again.client.cookies.set(COOKIE, before.client.cookies[COOKIE])
    return again


async def stranger(door: Door, failures: int, to: str = ANA) -> list[tuple[int, str | None]]:
    browser = await door.browser()
    await browser.begin()
    return [code_of(await browser.password("wrong", to)) for _ in range(failures)]


async def test_passwords_codes_and_strangers_share_the_failures_of_an_address(door: Door) -> None:
    await door.settings(**BY_EITHER, **THREE)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    proof = proof_of(await browser.send())
    code = await door.code()
    answers = [
        code_of(await browser.password("wrong")),
        code_of(await browser.verify(proof, wrong(code))),
        code_of(await browser.password("wrong", "ANA@example.com")),
        code_of(await browser.password()),
        code_of(await browser.verify(proof, code)),
    ]

    assert answers == [
        (422, "session.invalid_credentials"),
        (400, "verification_code.code_mismatch"),
        BLOCKED,
        BLOCKED,
        BLOCKED,
    ]


async def test_an_address_that_nobody_has_is_answered_as_one_that_somebody_has(door: Door) -> None:
    await door.settings(**BY_EITHER, **THREE)
    await door.person(GOOD_PASSWORD, primary_email=ANA)

    assert await stranger(door, 4) == await stranger(door, 4, "nobody@example.com")


async def test_the_owner_signs_in_by_password_while_a_stranger_keeps_the_address_locked(
    door: Door,
) -> None:
    await door.settings(**BY_EITHER, **THREE)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    owner, elsewhere = await known_browser(door), await door.browser()
    attack = await stranger(door, 10)
    for browser in (owner, elsewhere):
        await browser.begin()

    assert attack[-1] == BLOCKED
    assert code_of(await elsewhere.password()) == BLOCKED
    assert (await owner.identify(proof_of(await owner.password()))).status_code == 204
    assert (await owner.submit()).status_code == 200


async def test_the_owner_signs_in_by_code_while_a_stranger_has_used_up_the_tries(
    door: Door,
) -> None:
    await door.person(primary_email=ANA)
    owner, attacker = await known_browser(door), await door.browser()
    await attacker.begin()
    for _ in range(2):
        proof = proof_of(await attacker.send())
        for _ in range(10):
            await attacker.verify(proof, wrong(await door.code()))
    proof = proof_of(await attacker.send())
    used_up = code_of(await attacker.verify(proof, await door.code()))
    await owner.begin()

    assert used_up == (400, "verification_code.exceed_max_try")
    assert (await owner.identify(await proven(door, owner))).status_code == 204
    assert (await owner.submit()).status_code == 200


async def test_an_account_s_names_share_their_wrong_passwords_and_nobody_is_told(
    door: Door,
) -> None:
    await door.settings(
        signIn={
            "methods": [
                method("email", password=True, code=True),
                method("username", password=True),
            ]
        },
        **THREE,
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    owner, late = await known_browser(door), await door.browser()

    async def attack(email: str, name: str) -> list[tuple[int, str | None]]:
        browser = await door.browser()
        await browser.begin()
        answers = [
            *[await browser.password("wrong", email) for _ in range(2)],
            await browser.password("wrong", name, "username"),
            await browser.password(GOOD_PASSWORD, name, "username"),
        ]
        return [code_of(one) for one in answers]

    known, unknown = await attack(ANA, "ana"), await attack("no@example.com", "no")
    for browser in (owner, late):
        await browser.begin()

    assert known == unknown == [(422, "session.invalid_credentials")] * 4
    assert (await owner.password()).status_code == 200
    assert (await late.identify(await proven(door, late))).status_code == 204
    door.clock.advance(3601)
    again = await door.browser()
    await again.begin()
    assert (await again.password(value="ana", kind="username")).status_code == 200


async def test_the_cookie_of_a_browser_is_hidden_from_scripts(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    await browser.identify(await proven(door, browser))
    answer = await browser.submit()
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE)]

    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


async def test_hooks_are_told_of_each_refused_call(door: Door) -> None:
    await door.settings(**BY_EITHER, **THREE)
    await door.listen("Identifier.Lockout")
    await stranger(door, 4)
    bodies = await door.told()

    assert [(body["type"], body["value"]) for body in bodies] == [("email", ANA)] * 2
    assert {body["interactionEvent"] for body in bodies} == {"SignIn"}


async def test_the_owner_gets_a_code_while_a_stranger_has_used_up_the_messages(door: Door) -> None:
    await door.person(primary_email=ANA)
    owner, attacker = await known_browser(door), await door.browser()
    await attacker.begin()
    asked = [(await attacker.send()).status_code for _ in range(10)]
    await owner.begin()

    assert asked[-1] == 429
    assert (await owner.identify(await proven(door, owner))).status_code == 204
    assert (await owner.submit()).status_code == 200


async def test_people_at_the_door_are_counted_by_their_network(door: Door) -> None:
    await update_protection(door.world, TENANT, {"networkSendsPerHour": 2})
    browser = await door.browser()
    await browser.begin()
    answers = [await browser.send(to=f"{name}@example.com") for name in "abc"]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["data"] == {"limit": "network-hour"}
