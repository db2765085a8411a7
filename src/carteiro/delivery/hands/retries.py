"""When a message is tried again: exponential backoff with jitter, inside its lifetime."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST = 1_000
LONGEST_FOR_CODES = 60_000
LONGEST = 900_000
GIVE_UP_AFTER = 86_400_000
"""Milliseconds after which a message that never expires is given up."""
WITHOUT_KEY = 10_000
"""Milliseconds until what opens with none of a process's keys is looked at again."""
_DOUBLINGS = 20


def pause(attempts: int, *, expires: bool, chance: Callable[[], float] = random.random) -> int:
    """Milliseconds after the ``attempts``-th attempt: doubled each time, half to one and a half."""
    longest = LONGEST_FOR_CODES if expires else LONGEST
    steady = min(FIRST * 2 ** min(max(attempts - 1, 0), _DOUBLINGS), longest)
    return int(steady * (0.5 + chance()))


def over(now: int, *, created_at: int, expires_at: int | None) -> bool:
    """Whether nothing may be sent any more at ``now``."""
    if expires_at is not None:
        return now >= expires_at
    return now >= created_at + GIVE_UP_AFTER
