"""What is looked after again and again while a process lives, and in nobody's way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from carteiro.errors import CarteiroError

_FIRST, _LEAST, _MOST = 32, 8, 512
"""Rows of a batch."""
_LONG = 0.002
"""Seconds: a batch that takes longer is followed by a smaller one."""
_RESTS, _LONGEST = 39, 1.0
"""How many times as long as a batch, and at most how many seconds: the first one may find nothing
of the table in memory."""


async def every(
    seconds: float,
    look: Callable[[], Awaitable[object]],
    failed: Callable[[CarteiroError], object],
) -> None:
    """Look until cancelled; what goes wrong is told to ``failed`` and tried again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await look()
        except CarteiroError as error:
            failed(error)


async def emptied(
    discards: Iterable[Callable[[int], Awaitable[tuple[int, float]]]],
    *,
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Discard a batch of each in turn until none is full; each says how many and for how long.

    What it tells are seconds of work, not of waiting until it may: on a machine with much to do
    batches stay as large. They are as large as some milliseconds allow, as whoever writes meanwhile
    may have to wait for one (SQLite has one writer), and how long a row takes depends on the
    machine and on the million rows beside it. A rest 39 times as long follows a full one, a second
    at most.
    """
    due = deque((discard, _FIRST) for discard in discards)
    while due:
        discard, batch = due.popleft()
        count, took = await discard(batch)
        if count < batch:
            continue
        due.append((discard, _next(batch, took)))
        await rest(min(_RESTS * took, _LONGEST))


def _next(batch: int, took: float) -> int:
    if took > _LONG:
        return max(batch // 2, _LEAST)
    return min(2 * batch, _MOST) if took < _LONG / 2 else batch
