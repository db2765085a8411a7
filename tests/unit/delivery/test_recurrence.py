"""What runs beside requests leaves them their share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carteiro.delivery.recurrence import emptied

pytestmark = pytest.mark.anyio


class _Rows:
    """Rows to discard, a batch of which takes a while; ``turns`` is whose turn it was."""

    def __init__(
        self, left: int, took: Callable[[int], float], turns: list[_Rows] | None = None
    ) -> None:
        self.left, self._took, self._turns = left, took, turns if turns is not None else []
        self.batches: list[int] = []
        self.rests: list[float] = []

    async def discard(self, batch: int) -> tuple[int, float]:
        self._turns.append(self)
        self.batches.append(batch)
        gone = min(batch, self.left)
        self.left -= gone
        return gone, self._took(batch)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)

    async def emptied(self) -> None:
        await emptied([self.discard], rest=self.rest)
        assert self.left == 0


async def test_housekeeping_has_a_fortieth_of_the_time() -> None:
    rows = _Rows(100, lambda batch: batch / 20_000)

    await rows.emptied()

    assert rows.rests == pytest.approx([39 * batch / 20_000 for batch in rows.batches[:-1]])


async def test_nobody_waits_long_for_a_batch_where_each_row_takes_long() -> None:
    rows = _Rows(1000, lambda batch: batch / 10_000)

    await rows.emptied()

    # Three milliseconds for 32 are too long, one and a half for 16 are not.
    assert set(rows.batches[1:]) == {16}


async def test_batches_are_large_where_that_takes_no_time_and_no_larger_than_is_good() -> None:
    rows = _Rows(5000, lambda _: 0.0005)

    await rows.emptied()

    assert rows.batches[:6] == [32, 64, 128, 256, 512, 512]


async def test_a_machine_that_stands_still_is_asked_for_a_little_again_and_again() -> None:
    rows = _Rows(60, lambda _: 1.0)

    await rows.emptied()

    assert rows.batches == [32, 16, 8, 8]


async def test_a_batch_that_took_very_long_holds_housekeeping_up_for_a_second_only() -> None:
    rows = _Rows(60, lambda _: 1.0)

    await rows.emptied()

    assert set(rows.rests) == {1.0}


async def test_what_has_much_to_discard_does_not_hold_up_what_has_little() -> None:
    turns: list[_Rows] = []
    much, little = (_Rows(left, lambda _: 0.0015, turns) for left in (3200, 40))

    await emptied([much.discard, little.discard], rest=much.rest)

    assert (much.left, little.left) == (0, 0)
    assert turns[:5] == [much, little, much, little, much]
