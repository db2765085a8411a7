"""What is looked after again and again while a process lives, and in nobody's way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from carteiro.errors import CarteiroError


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
    discard: Callable[[], Awaitable[int]],
    *,
    batch: int,
    now: Callable[[], float] = time.monotonic,
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Discard batch after batch until one is not full, and rest after each for as long as it took.

    So a million rows that end at once leave half of the time to whoever else writes.
    """
    began = now()
    while await discard() == batch:
        await rest(now() - began)
        began = now()
