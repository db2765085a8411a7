"""What stands before a connector: a circuit breaker, and a pace that the provider can take.

Each process keeps its own: it sees enough failures to learn, and nothing is shared on the way of a
message. A configured rate is divided among the processes that send.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from carteiro.delivery.gates.lately import Lately

FAILURES = 5
"""That many in a row open the circuit."""
FIRST_PAUSE = 10_000
LONGEST_PAUSE = 120_000
_THROTTLED_PAUSE = 1_000
_SLOWEST = 0.2
"""Messages per second below which a provider's throttling never pushes the pace."""
_RECOVERY = 1.25
"""How the learned rate grows in each second without throttling."""
_WEIGHT = 0.2
"""Of a new measurement in a moving average."""


class Circuit(StrEnum):
    """Whether a connector is tried."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    """One message goes through to see."""


class Breaker:
    """Opens after failures in a row, lets one message through after a pause, doubles the pause."""

    def __init__(self) -> None:
        self._failures = 0
        self._until: int | None = None
        self._pause = FIRST_PAUSE
        self._probing = False

    def state(self, now: int) -> Circuit:
        """How it stands."""
        if self._until is None:
            return Circuit.CLOSED
        return Circuit.HALF_OPEN if now >= self._until else Circuit.OPEN

    def wait(self, now: int) -> int:
        """Milliseconds until a message is let through; 0 lets this one through."""
        if self._until is None:
            return 0
        if now < self._until:
            return self._until - now
        if self._probing:
            return self._pause
        self._probing = True
        return 0

    def withdraw(self) -> None:
        """The message that was let through was not tried after all."""
        self._probing = False

    def succeeded(self) -> None:
        """The provider works, whatever it said of the message."""
        self._failures, self._until, self._probing = 0, None, False
        self._pause = FIRST_PAUSE

    def failed(self, now: int) -> None:
        """The provider did not work."""
        self._failures += 1
        if self._probing:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if self._probing or self._failures >= FAILURES:
            self._until = now + self._pause
        self._probing = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What an administrator allows a connector, over all processes; ``None`` is no limit."""

    per_second: float | None = None
    concurrent: int | None = None


class Pacer:
    """A token bucket and a count of what is under way, configured or learned from throttling."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.under_way = 0
        self._share = 1
        self._learned: float | None = None
        self._learned_at = 0
        self._tokens = 1.0
        self._filled_at: int | None = None
        self._paused_until = 0
        self._next: defaultdict[int, float] = defaultdict(float)
        self._duration = 100.0
        self._began_at: int | None = None
        self._measured = 0.0

    def rate(self, now: int) -> float | None:
        """Messages per second that this process may begin; ``None`` is as fast as they come."""
        allowed = None if self.limits.per_second is None else self.limits.per_second / self._share
        if self._learned is not None:
            grown = self._learned * _RECOVERY ** ((now - self._learned_at) / 1000)
            # Four times as fast as then: the provider has recovered, or will say so again.
            if grown > 4 * self._learned:
                self._learned = None
            else:
                allowed = grown if allowed is None else min(allowed, grown)
        return allowed

    def is_paused(self, now: int) -> bool:
        """Whether the provider asked to wait, and the time is not over."""
        return now < self._paused_until

    def shared_by(self, processes: int) -> None:
        """How many processes send."""
        self._share = max(1, processes)

    def wait(self, now: int, urgency: int, *, concurrent: int | None = None) -> int:
        """Milliseconds until a message may begin; 0 takes a place at once.

        Messages of one urgency are given times one behind the other, so that each comes back about
        when there is a place for it; a more urgent one does not queue behind them.
        """
        if now < self._paused_until:
            return self._paused_until - now
        most = self._most(concurrent)
        if most is not None and self.under_way >= most:
            return self._slot(now, urgency, self._duration / most)
        rate = self.rate(now)
        if rate is None:
            return 0
        if self._filled_at is not None:
            passed = (now - self._filled_at) / 1000
            self._tokens = min(self._tokens + passed * rate, max(1.0, rate / 4))
        self._filled_at = now
        if self._tokens < 1:
            return self._slot(now, urgency, 1000 / rate)
        self._tokens -= 1
        return 0

    def began(self, now: int) -> None:
        """A message is on its way to the provider."""
        self.under_way += 1
        if self._began_at is not None:
            gap = max(now - self._began_at, 1)
            self._measured += _WEIGHT * (1000 / gap - self._measured)
        self._began_at = now

    def ended(self, milliseconds: int) -> None:
        """It has ended, one way or another."""
        self.under_way -= 1
        self._duration += _WEIGHT * (milliseconds - self._duration)

    def throttled(self, now: int, retry_after: float | None) -> None:
        """The provider asks to slow down: stop for as long as it says, then go on at half speed.

        Refusals of messages that were under way together are one reason to slow down, not many.
        """
        again = now < self._paused_until
        pause = _THROTTLED_PAUSE if retry_after is None else int(retry_after * 1000)
        self._paused_until = max(self._paused_until, now + pause)
        self._tokens, self._filled_at = 1.0, self._paused_until
        if again or not self._measured:
            return  # halved already, or it was the only one: there is no pace to halve
        current = self.rate(now)
        seen = self._measured if current is None else min(current, self._measured)
        self._learned = max(_SLOWEST, seen / 2)
        self._learned_at = self._paused_until

    def _most(self, default: int | None) -> int | None:
        if self.limits.concurrent is None:
            return default
        return max(1, self.limits.concurrent // self._share)

    def _slot(self, now: int, urgency: int, spacing: float) -> int:
        self._next[urgency] = max(self._next[urgency], now) + spacing
        return max(1, int(self._next[urgency] - now))


class Gate:
    """Both, and how long it takes, for one connector as long as its configuration stays."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.breaker = Breaker()
        self.pacer = Pacer(limits or Limits())
        self.lately = Lately()
