"""What runs beside requests leaves them their share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from carteiro.delivery.recurrence import emptied

pytestmark = pytest.mark.anyio


class _Time:
    """A clock that everything here moves, and what was done when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds

    async def emptied(self, *rows: _Rows) -> None:
        await emptied([each.discard for each in rows], now=lambda: self.now, rest=self.rest)
        assert not any(each.left for each in rows)


class _Rows:
    """Rows to discard, a batch of which takes a while."""

    def __init__(self, time: _Time, left: int, took: Callable[[int], float]) -> None:
        self._time, self._took, self.left = time, took, left
        self.batches: list[int] = []

    async def discard(self, batch: int) -> int:
        self.batches.append(batch)
        self._time.now += self._took(batch)
        gone = min(batch, self.left)
        self.left -= gone
        return gone


async def test_housekeeping_has_a_tenth_of_the_time() -> None:
    time = _Time()
    rows = _Rows(time, 100, lambda batch: batch / 10_000)

    await time.emptied(rows)

    assert time.rests == pytest.approx([9 * batch / 10_000 for batch in rows.batches])


async def test_nobody_waits_long_for_a_batch_where_each_row_takes_long() -> None:
    time = _Time()
    rows = _Rows(time, 1000, lambda batch: batch / 5000)

    await time.emptied(rows)

    # Six milliseconds for 32 are too long, three for 16 are not.
    assert set(rows.batches[1:]) == {16}


async def test_batches_are_large_where_that_takes_no_time_and_no_larger_than_is_good() -> None:
    time = _Time()
    rows = _Rows(time, 5000, lambda _: 0.001)

    await time.emptied(rows)

    assert rows.batches[:6] == [32, 64, 128, 256, 512, 512]


async def test_a_machine_that_stands_still_is_asked_for_a_little_again_and_again() -> None:
    time = _Time()
    rows = _Rows(time, 60, lambda _: 1.0)

    await time.emptied(rows)

    assert rows.batches == [32, 16, 8, 8]


async def test_what_has_much_to_discard_does_not_hold_up_what_has_little() -> None:
    time = _Time()
    ends: dict[str, float] = {}
    much, little = (_Rows(time, left, lambda _: 0.003) for left in (3200, 40))

    async def noting(name: str, rows: _Rows, batch: int) -> int:
        count = await rows.discard(batch)
        ends[name] = time.now
        return count

    await emptied(
        [partial(noting, "much", much), partial(noting, "little", little)],
        now=lambda: time.now,
        rest=time.rest,
    )

    # Two batches of the one, and what two of the other have taken meanwhile.
    assert (much.left, little.left) == (0, 0)
    assert ends["little"] == pytest.approx(4 * 0.003 + 3 * 9 * 0.003)
