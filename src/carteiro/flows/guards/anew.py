"""A step that others overtook is taken anew, by what is true by then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from carteiro.errors import TooManyTries
from carteiro.verification.redeem import Overtaken

T = TypeVar("T")
_AGAIN = 10


async def anew(step: Callable[[], Awaitable[T]]) -> T:
    """Take a step until nobody overtakes it. Raises ``TooManyTries`` where somebody always does."""
    for _ in range(_AGAIN):
        try:
            return await step()
        except Overtaken:
            continue
    raise TooManyTries(retry_after=1)
