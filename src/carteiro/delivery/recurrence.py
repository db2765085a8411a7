"""What is looked after again and again while a process lives, and in nobody's way."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from carteiro.errors import CarteiroError

_FIRST, _LEAST, _MOST = 32, 8, 512
"""Rows of a batch."""
_LONG = 0.004
"""Seconds: a batch that takes longer is followed by a smaller one."""
_RESTS = 9


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
    discards: Iterable[Callable[[int], Awaitable[int]]],
    *,
    now: Callable[[], float] = time.monotonic,
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Discard a batch of each in turn until none is full; rest nine times as long as each took.

    A batch is as large as some milliseconds allow: whoever writes meanwhile may have to wait for
    it (SQLite has one writer), and how long a row takes depends on the machine and on the million
    rows beside it.
    """
    due = deque((discard, _FIRST) for discard in discards)
    while due:
        discard, batch = due.popleft()
        began = now()
        count = await discard(batch)
        took = now() - began
        await rest(_RESTS * took)
        if count >= batch:
            due.append((discard, _next(batch, took)))


def _next(batch: int, took: float) -> int:
    if took > _LONG:
        return max(batch // 2, _LEAST)
    return min(2 * batch, _MOST) if took < _LONG / 2 else batch
