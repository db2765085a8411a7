"""What runs beside requests leaves them their share."""

from __future__ import annotations

import pytest

from carteiro.delivery.recurrence import emptied

pytestmark = pytest.mark.anyio


async def test_housekeeping_rests_after_each_batch_for_as_long_as_it_took() -> None:
    clock, left, rests = [0.0], [(500, 2.0), (500, 3.0), (499, 5.0)], []

    async def discard() -> int:
        count, took = left.pop(0)
        clock[0] += took
        return count

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        clock[0] += seconds

    await emptied(discard, batch=500, now=lambda: clock[0], rest=rest)

    assert rests == [2.0, 3.0]
    assert left == []
