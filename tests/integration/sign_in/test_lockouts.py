"""Who fails too often is locked; whom others lock out is let in by a browser of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from carteiro.errors import TooManyAttempts
from carteiro.experience.guards.lockouts import Identifier, IdentifierKind, lockout_hash
from carteiro.flows.administer.mail.limits import clear_limits
from carteiro.flows.administer.people.users import delete_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.guards.attempts import require_not_locked
from carteiro.flows.world import World
from carteiro.runtime.maintenance import tidy
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.testing.clock import FrozenClock
from guard_parts import MINUTE, TENANT, VICTIM, decided, person, signed_in, times, told_of, tried

pytestmark = pytest.mark.anyio
THREE = {"maxAttempts": 3, "lockoutDuration": 30}
_BROWSERS = Statement.of("test.browsers", "SELECT browser_hash FROM known_browsers")
_ROWS = Statement.of("test.lockouts", "SELECT * FROM lockouts")


async def rows(world: World) -> list[dict[str, Any]]:
    async def work(tx: Transaction) -> list[dict[str, Any]]:
        return [dict(row) for row in await tx.all(_ROWS)]

    return await world.database.read(work)


async def test_the_last_allowed_failure_is_answered_with_the_lock_already(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)

    assert await times(world, 4) == [False, False, True, True]


async def test_a_hundred_failures_and_an_hour_are_what_a_tenant_has_that_decided_nothing(
    world: World, clock: FrozenClock
) -> None:
    locked = await times(world, 100)
    clock.advance(milliseconds=60 * MINUTE - 1)
    before = await tried(world, failed=False)
    clock.advance(milliseconds=1)

    assert locked == [*[False] * 99, True]
    assert before is not None
    assert await tried(world, failed=False) is None


async def test_a_right_proof_is_thrown_away_while_it_is_locked_and_forgives_nothing_before(
    world: World,
) -> None:
    await decided(world, sentinelPolicy=THREE)
    await times(world, 2)
    right = await tried(world, failed=False)
    last = await tried(world)

    assert right is None
    assert last is not None
    assert await tried(world, failed=False) is not None


async def test_failures_are_of_the_last_hour(world: World, clock: FrozenClock) -> None:
    await decided(world, sentinelPolicy=THREE)
    await tried(world)
    clock.advance(milliseconds=30 * MINUTE)
    await tried(world)
    clock.advance(milliseconds=30 * MINUTE)

    assert await times(world, 2) == [False, True]


async def test_what_comes_while_it_is_locked_is_not_counted_and_prolongs_nothing(
    world: World, clock: FrozenClock
) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 3, "lockoutDuration": 61})
    await times(world, 3)
    clock.advance(milliseconds=60 * MINUTE)
    await times(world, 5)
    clock.advance(milliseconds=MINUTE)

    assert await times(world, 3) == [False, False, True]


async def test_after_a_short_lock_one_failure_within_the_hour_locks_again(
    world: World, clock: FrozenClock
) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 3, "lockoutDuration": 1})
    await times(world, 3)
    clock.advance(milliseconds=MINUTE)
    free = await tried(world, failed=False)

    assert free is None
    assert await tried(world) is not None


async def test_one_attempt_is_the_least_that_a_tenant_can_allow(world: World) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 0, "lockoutDuration": 5})
    free = await tried(world, failed=False)

    assert free is None
    assert await times(world, 2) == [True, True]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Ana@Example.com", "ana@exaMPLE.COM"),
        ("phone", "61412345678", "610412345678"),
        ("phone", "610412345678", "61412345678"),
        ("username", "Ana", "ANA"),
    ],
)
async def test_another_spelling_is_no_way_round_the_lock(
    world: World, kind: str, one: str, other: str
) -> None:
    await decided(world, sentinelPolicy=THREE)
    await times(world, 3, one, kind)

    assert await tried(world, other, kind, failed=False) is not None


async def test_a_person_s_id_and_their_identifiers_are_counted_apart(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    await times(world, 3, "ana4ana4ana4", "username")

    assert await tried(world, "ana4ana4ana4", "userId", failed=False) is None


async def test_an_identifier_that_nobody_has_is_locked_like_any_other(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    await person(world, primary_email=VICTIM)
    known = await times(world, 4)

    assert await times(world, 4, "nobody@example.com") == known


async def test_the_answer_says_how_long_and_nothing_of_whom(world: World) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 1, "lockoutDuration": 2.5})
    lockout = await tried(world)

    with pytest.raises(TooManyAttempts) as refused:
        require_not_locked(lockout)
    assert refused.value.code == "session.verification_blocked_too_many_attempts"
    assert "in 3 minutes" in refused.value.message
    assert refused.value.retry_after == 150
    assert refused.value.data is None


async def test_at_the_ceiling_failures_that_come_at_once_are_counted_exactly(world: World) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 20, "lockoutDuration": 30})
    await times(world, 18)
    at_once = await asyncio.gather(*(tried(world) for _ in range(8)))

    assert sorted(lockout is not None for lockout in at_once) == [False] + [True] * 7
    assert [len(row["stamps"]) for row in await rows(world)] == [19 * 13]


async def test_nothing_of_an_identifier_is_stored_in_clear(world: World) -> None:
    await tried(world)
    await tried(world, "61412345678", "phone")

    assert not any(VICTIM in str(row) or "412345678" in str(row) for row in await rows(world))


async def test_two_tenants_lock_nobody_for_one_another(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    await times(world, 3)
    hashes = {row["target_hash"] for row in await rows(world)}
    other = lockout_hash(
        world.keyring, "another", Identifier(kind=IdentifierKind.EMAIL, value=VICTIM)
    )

    assert len(hashes) == 1
    assert other not in hashes


async def test_every_refused_call_is_told_to_the_hooks(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    config = {"url": "http://hooks.test/"}
    await create_hook(world, TENANT, NewHook(config=config, events=["Identifier.Lockout"]))
    for failed in (True, True, True, True, False):
        await tried(world, failed=failed, told={"interactionEvent": "SignIn"})
    bodies = await told_of(world, "Identifier.Lockout")

    assert len(bodies) == 3
    for body in bodies:
        assert body["type"] == "email"
        assert body["value"] == VICTIM
        assert body["interactionEvent"] == "SignIn"
        assert body["ip"] == "192.0.2.7"
        assert "data" not in body


async def test_an_administrator_lets_somebody_in_again_by_any_of_their_names(
    app: Any, client: httpx.AsyncClient
) -> None:
    world: World = app.state.world
    await decided(world, sentinelPolicy=THREE)
    names = {"email": VICTIM, "phone": "61412345678", "username": "ana", "userId": "ana4ana4ana4"}
    for kind, value in names.items():
        await times(world, 3, value, kind)
    targets = ["ANA@example.com", "610412345678", "Ana", "ana4ana4ana4"]
    body = {"targetType": "User", "targets": targets}
    answer = await client.post("/api/sentinel-activities/delete", json=body)

    assert answer.status_code == 204
    for kind, value in names.items():
        assert await tried(world, value, kind, failed=False) is None


async def test_an_administrator_lets_the_person_s_own_browsers_in_again_and_no_others(
    world: World,
) -> None:
    await decided(world, sentinelPolicy={"maxAttempts": 1})
    ana = await person(world, primary_email=VICTIM, username="ana")
    bea = await person(world, primary_email="bea@example.com")
    cookies = {who.id: await signed_in(world, who.id) for who in (ana, bea)}
    await tried(world, cookie=cookies[ana.id])
    await tried(world, "bea@example.com", cookie=cookies[bea.id])
    await clear_limits(world, TENANT, ["ana"])

    assert await tried(world, failed=False, cookie=cookies[ana.id]) is None
    assert await tried(world, "bea@example.com", failed=False, cookie=cookies[bea.id]) is not None


async def test_the_owner_s_browser_lets_them_in_while_a_stranger_keeps_them_locked(
    world: World,
) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM, username="ana", primary_phone="61412345678")
    cookie = await signed_in(world, ana.id)
    for kind, value in (("email", VICTIM), ("username", "ana"), ("phone", "610412345678")):
        await times(world, 5, value, kind)

        assert await tried(world, value, kind, failed=False) is not None
        assert await tried(world, value, kind, failed=False, cookie=cookie) is None
    assert await tried(world, ana.id, "userId", failed=False, cookie=cookie) is None


async def test_the_owner_s_browser_has_a_budget_and_not_a_free_pass(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM, username="ana")
    cookie = await signed_in(world, ana.id)
    tries = [await tried(world, cookie=cookie) for _ in range(2)]
    tries.append(await tried(world, "ana", "username", cookie=cookie))

    assert [lockout is not None for lockout in tries] == [False, False, True]
    assert await tried(world, failed=False, cookie=cookie) is not None
    assert await tried(world, failed=False) is None


async def test_a_browser_is_nobody_else_s(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    await person(world, primary_email=VICTIM)
    mallory = await person(world, primary_email="mallory@example.com")
    cookie = await signed_in(world, mallory.id)
    await times(world, 3)

    assert await tried(world, failed=False, cookie=cookie) is not None


async def test_what_a_stranger_planted_in_a_browser_never_becomes_the_owner_s(
    world: World,
) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM)
    mallory = await person(world, primary_email="mallory@example.com")
    planted = await signed_in(world, mallory.id)
    cookie = await signed_in(world, ana.id, planted)
    await times(world, 3)

    assert await tried(world, failed=False, cookie=planted) is not None
    assert await tried(world, failed=False, cookie=cookie) is None


async def test_a_browser_of_two_people_knows_both(world: World) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM)
    bea = await person(world, primary_email="bea@example.com")
    cookie = await signed_in(world, bea.id, await signed_in(world, ana.id))
    again = await signed_in(world, bea.id, cookie)
    for value in (VICTIM, "bea@example.com"):
        await times(world, 3, value)

        assert await tried(world, value, failed=False, cookie=cookie) is None
    assert again == cookie


async def test_user_names_that_differ_by_case_are_two_people_s_where_case_counts(
    world: World,
) -> None:
    await decided(world, sentinelPolicy=THREE)
    await person(world, username="ana")
    mallory = await person(world, username="ANA")
    cookie = await signed_in(world, mallory.id)
    await times(world, 3, "ana", "username")

    assert await tried(world, "ana", "username", failed=False, cookie=cookie) is not None
    assert await tried(world, "ANA", "username", failed=False, cookie=cookie) is None


async def test_a_browser_is_forgotten_after_half_a_year_and_beyond_the_last_twenty(
    world: World, clock: FrozenClock
) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM)
    cookies = []
    for _ in range(21):
        cookies.append(await signed_in(world, ana.id))
        clock.advance(milliseconds=1)
    await times(world, 3)
    known = [await tried(world, failed=False, cookie=cookie) is None for cookie in cookies]
    clock.advance(milliseconds=180 * 24 * 60 * MINUTE)
    await times(world, 3)

    assert known == [False, *[True] * 20]
    assert await tried(world, failed=False, cookie=cookies[-1]) is not None


async def test_who_is_deleted_leaves_no_browser_behind(world: World) -> None:
    ana = await person(world, primary_email=VICTIM)
    await signed_in(world, ana.id)
    await delete_user(world, TENANT, ana.id)

    async def kept(tx: Transaction) -> int:
        return len(await tx.all(_BROWSERS))

    assert await world.database.read(kept) == 0


@pytest.mark.parametrize(
    "cookie",
    ["", ".", "x", "a" * 43, ".".join(["a" * 43] * 6), "a" * 43 + "." + "ü" * 43, "a." * 9**5],
)
async def test_a_cookie_that_is_not_ours_is_no_cookie(world: World, cookie: str) -> None:
    await decided(world, sentinelPolicy=THREE)
    ana = await person(world, primary_email=VICTIM)
    await times(world, 3)
    kept = await signed_in(world, ana.id, cookie)

    assert await tried(world, failed=False, cookie=cookie) is not None
    assert len(kept) <= 5 * 44
    assert await tried(world, failed=False, cookie=kept) is None


async def test_what_is_over_is_tidied_away(world: World, clock: FrozenClock) -> None:
    await tried(world)
    clock.advance(milliseconds=61 * MINUTE)
    await tidy(world)

    assert await rows(world) == []
