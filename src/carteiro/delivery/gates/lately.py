"""How long hand-overs took lately: a message that nobody gets is made to take as long.

One average would stand out among times that differ, so each wait is one that was measured, and by
the type of what was sent: a longer mail takes longer to write. What is put on record of a message
that is sent is more, too: by how much that takes longer is waited for as well. That is little, so
there the mean does, of what a disk that stands still for a moment has no part in.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from statistics import fmean

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
        self._beside: dict[bool, deque[float]] = {
            withheld: deque(maxlen=_KEPT) for withheld in (True, False)
        }
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

    def beside(self, seconds: float, *, withheld: bool) -> None:
        """What was done beside a hand-over, or beside the wait for one, took so many seconds."""
        self._beside[withheld].append(seconds)

    def missing(self, *, withheld: bool) -> float:
        """Seconds that are to be waited for beside a hand-over's own.

        Beside one that is ``withheld`` something is done, and that counts; else nothing is.
        """
        sent, instead = self._beside[False], self._beside[True] if withheld else (0.0,)
        return _usual(sent) - _usual(instead) if sent and instead else 0.0


def _usual(seconds: Collection[float]) -> float:
    """The mean without the eighth at either end."""
    apart = len(seconds) // 8
    return fmean(sorted(seconds)[apart : len(seconds) - apart])
