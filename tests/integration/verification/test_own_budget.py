"""Whoever burns the tries of an address does not burn those of its owner's browser."""

from __future__ import annotations

import asyncio

from carteiro.errors import CodeMismatch, TooManyTries
from carteiro.verification.policy import CodePolicy
from redeem_parts import ANA, Desk, wrong

OWN = "a" * 32


async def burnt(desk: Desk, tries: int = 20) -> None:
    while tries:
        code = await desk.issue()
        for _ in range(min(tries, 10)):
            assert isinstance(await desk.redeem(wrong(code)), CodeMismatch)
            tries -= 1


async def test_the_owner_redeems_while_a_stranger_has_used_up_the_address(desk: Desk) -> None:
    await burnt(desk)
    code = await desk.issue()
    stranger = await desk.redeem(code)

    assert isinstance(stranger, TooManyTries)
    assert await desk.redeem(code, budget=OWN) is None
    assert isinstance(await desk.redeem(await desk.issue()), TooManyTries)


async def test_the_owner_s_browser_has_tries_of_its_own_and_no_more_than_anybody(
    desk: Desk,
) -> None:
    for _ in range(2):
        code = await desk.issue()
        for _ in range(10):
            assert isinstance(await desk.redeem(wrong(code), budget=OWN), CodeMismatch)
    code = await desk.issue()

    assert isinstance(await desk.redeem(code, budget=OWN), TooManyTries)
    assert await desk.redeem(code) is None


async def test_a_success_of_the_owner_forgives_the_owner_alone(desk: Desk) -> None:
    await burnt(desk, 19)
    code = await desk.issue()
    await desk.redeem(wrong(code), budget=OWN)
    assert await desk.redeem(code, budget=OWN) is None
    code = await desk.issue()

    assert isinstance(await desk.redeem(wrong(code)), CodeMismatch)
    assert isinstance(await desk.redeem(code), TooManyTries)


async def test_tries_that_come_at_once_are_counted_exactly_in_either_budget(desk: Desk) -> None:
    desk = Desk(
        world=desk.world,
        clock=desk.clock,
        keys=desk.keys,
        policy=CodePolicy(max_tries=100, failures_per_day=5),
    )
    code = await desk.issue()
    tries = [desk.redeem(wrong(code), ANA, budget=who) for who in (None, OWN) * 8]
    ends = await asyncio.gather(*tries)

    for who in (0, 1):
        kinds = [type(end) for end in ends[who::2]]
        assert kinds.count(CodeMismatch) == 5
        assert kinds.count(TooManyTries) == 3
