"""How long hand-overs took lately: a message that nobody gets is made to take as long.

One average would stand out among times that differ, so each wait is one that was measured. In
what was measured is how late a busy process wakes up; a wait adds its own, and is shorter by that.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence

_KEPT = 64
_BEFORE_ANY = (0.05, 0.08, 0.12, 0.2, 0.35)
"""Seconds: what providers take, for a process that has handed nothing over yet."""

_GRAIN = 0.001
"""Seconds: a timer rounds its time, so that a wait is also over too early, by no more than this."""

Chance = Callable[[Sequence[float]], float]
_ANY: Chance = random.SystemRandom().choice


class Lately:
    """The last hand-overs of one connector, in this process."""

    def __init__(self, chance: Chance = _ANY) -> None:
        self._seconds: deque[float] = deque(maxlen=_KEPT)
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._chance = chance

    def took(self, seconds: float) -> None:
        """One was handed over, or refused, after so many seconds."""
        self._seconds.append(seconds)

    def waited(self, seconds: float, *, asked: float) -> None:
        """A wait of ``asked`` seconds was over after so many."""
        self._late.append(max(-_GRAIN, seconds - asked))

    def draw(self) -> float:
        """The seconds of one of them, each as likely as the others, less what a wait is late by."""
        late = self._chance(self._late) if self._late else 0.0
        return max(0.0, self._chance(self._seconds or _BEFORE_ANY) - late)
