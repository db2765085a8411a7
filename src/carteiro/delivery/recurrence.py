"""What is looked after again and again while a process lives."""

from __future__ import annotations

import asyncio
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
