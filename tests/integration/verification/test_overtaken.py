"""A right code while others try: what they commit in between is not outrun, on both databases."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from carteiro.errors import CodeNotFound, TooManyTries, VerificationError
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction, Work
from carteiro.storage.mail import budgets, codes
from carteiro.storage.mail.budgets import Allowance
from carteiro.verification.redeem import Overtaken
from redeem_parts import ANA, Desk, wrong


class Interleaved:
    """A transaction to which others commit something just after the code was read, once."""

    def __init__(self, tx: Transaction, between: Work[Any]) -> None:
        self._tx, self._between = tx, between
        self.together = tx.together

    async def one(self, name: Any, /, **arguments: Any) -> Any:
        row = await self._tx.one(name, **arguments)
        if name == "codes.find":
            await self._between(self._tx)
        return row


class Crowded:
    """A database where others come between the first reading of a code and the decision."""

    def __init__(self, world: World, between: Work[Any]) -> None:
        self._database, self._between = world.database, between
        self.tries = 0

    async def write(self, work: Work[Any]) -> Any:
        self.tries += 1
        if self.tries > 1:
            if self.tries == 2:
                # What the first try took back was theirs, too, and they have committed it.
                await self._database.write(self._between)
            return await self._database.write(work)
        return await self._database.write(
            lambda tx: work(cast("Any", Interleaved(tx, self._between)))
        )


class Rushed:
    """A database in which others are always faster."""

    def __init__(self) -> None:
        self.tries = 0

    async def write(self, work: Work[Any]) -> Any:
        self.tries += 1
        raise Overtaken


async def crowded(
    desk: Desk, code: str, between: Work[Any]
) -> tuple[VerificationError | None, int]:
    """How a right code ends, and after how many judgements."""
    database = Crowded(desk.world, between)
    world = cast("Any", SimpleNamespace(database=database))
    return await replace(desk, world=world).redeem(code), database.tries


def failing(desk: Desk, times: int, *, ago: int = 0) -> Work[Any]:
    """Others fail so often; ``ago`` is in milliseconds."""
    allowed = Allowance(
        budget=99, window=86_400_000, delays_from=99, first_delay=0, longest_delay=0
    )

    async def work(tx: Transaction) -> None:
        for _ in range(times):
            await budgets.charge(
                tx,
                tenant_id="default",
                recipient_hash=ANA.recipient_hash(desk.keys),
                now=desk.clock.now() - ago,
                allowed=allowed,
            )

    return work


async def test_a_code_that_others_redeem_in_between_is_gone(desk: Desk) -> None:
    code = await desk.issue()

    async def redeemed(tx: Transaction) -> None:
        slot = ANA.hash(desk.keys)
        row = await codes.find(tx, "default", slot, "r")
        assert row is not None
        limits = {"max_tries": 9, "budget_hash": "r", "budget": 9, "budget_since": 0}
        keys = {"tenant_id": "default", "identity_hash": slot, "id": row.id}
        assert await codes.consume(tx, **keys, now=desk.clock.now(), **limits)

    ended, _ = await crowded(desk, code, redeemed)

    assert isinstance(ended, CodeNotFound)


@pytest.mark.parametrize(
    ("times", "ago", "redeemed"),
    [(19, 0, True), (20, 0, False), (20, 86_399_999, False), (20, 86_400_000, True)],
)
async def test_a_right_code_does_not_outrun_a_budget_that_others_spend(
    desk: Desk, times: int, ago: int, redeemed: bool
) -> None:
    code = await desk.issue()

    ended, tries = await crowded(desk, code, failing(desk, times, ago=ago))

    assert (ended is None, tries) == (redeemed, 1 if redeemed else 2)


async def test_failures_that_were_not_seen_are_judged_before_they_are_forgotten(
    desk: Desk,
) -> None:
    code = await desk.issue()
    await desk.redeem(wrong(code))

    overtaken = await crowded(desk, code, failing(desk, 1))
    code = await desk.issue()
    await desk.redeem(wrong(code))
    alone = await crowded(desk, code, failing(desk, 0))

    assert overtaken == (None, 2)
    assert alone == (None, 1)


async def test_whoever_is_always_overtaken_comes_back_in_a_second(desk: Desk) -> None:
    database = Rushed()
    world = cast("Any", SimpleNamespace(database=database))

    ended = await replace(desk, world=world).redeem("000000")

    assert isinstance(ended, TooManyTries)
    assert (ended.retry_after, database.tries) == (1, 10)
