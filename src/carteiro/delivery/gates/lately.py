"""How long hand-overs took lately: a message that nobody gets is made to take as long.

One average would stand out among times that differ, so each wait is one that was measured, and by
the type of what was sent: a longer mail takes longer to write.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence

from carteiro.model.kinds import TemplateType

_KEPT = 64
_BEFORE_ANY = (0.05, 0.08, 0.12, 0.2, 0.35)
"""Seconds: what providers take, for a process that has handed nothing over yet."""

Chance = Callable[[Sequence[float]], float]
_ANY: Chance = random.SystemRandom().choice


class Lately:
    """The last hand-overs of one connector, in this process."""

    def __init__(self, chance: Chance = _ANY) -> None:
        self._seconds: dict[TemplateType, deque[float]] = {}
        self._chance = chance

    def took(self, seconds: float, type_: TemplateType) -> None:
        """One was handed over, or refused, after so many seconds of its own."""
        kept = self._seconds.setdefault(type_, deque(maxlen=_KEPT))
        kept.append(max(0.0, seconds))

    def draw(self, type_: TemplateType) -> float:
        """The seconds of one of that type, each as likely as the others; else of any."""
        among = self._seconds.get(type_) or [
            seconds for kept in self._seconds.values() for seconds in kept
        ]
        return self._chance(among or _BEFORE_ANY)
