"""A clock that stands still until it is told otherwise."""

from __future__ import annotations


class FrozenClock:
    """A ``Clock`` for tests. It starts at 2026-01-01T00:00:00Z unless told otherwise."""

    def __init__(self, now: int = 1_767_225_600_000) -> None:
        self._now = now

    def now(self) -> int:
        """The time in milliseconds since the epoch."""
        return self._now

    def set(self, now: int) -> None:
        """Go to a moment, in milliseconds since the epoch; backwards, too."""
        self._now = now

    def advance(self, seconds: float = 0, *, milliseconds: int = 0) -> int:
        """Let time pass; the answer is the new time in milliseconds."""
        self._now += round(seconds * 1000) + milliseconds
        return self._now
