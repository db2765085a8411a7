"""A clock that stands still until it is told."""

from __future__ import annotations


class FrozenClock:
    """Time in milliseconds since the epoch; only ``advance`` moves it."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def advance(self, *, seconds: float = 0, milliseconds: int = 0) -> None:
        """Let time pass."""
        self._now += int(seconds * 1000) + milliseconds
