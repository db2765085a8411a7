"""Buckets that many share, a network's or a tenant's: so many at once, refilled evenly, one number.

The number is the time until which the messages so far would keep the bucket busy at its rate
(the generic cell rate algorithm). It costs the same for ten messages an hour and for a million.
"""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Question, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``sends`` messages or tries in ``window`` milliseconds, out of the bucket of one owner."""

    tenant_id: str
    bucket: str
    owner_hash: str
    sends: int
    window: int

    @property
    def step(self) -> int:
        """Microseconds for which one message keeps the bucket busy."""
        return self.window * 1000 // self.sends

    @property
    def place(self) -> dict[str, str]:
        """Where its number stands."""
        return {
            "tenant_id": self.tenant_id,
            "bucket": self.bucket,
            "owner_hash": self.owner_hash,
        }


def take(rate: Rate, now: int) -> Call:
    """Take one message out; ``MessageRateLimited`` when the bucket is empty."""
    return Call("rates.take", _one_more(rate, now))


def filling(rate: Rate, now: int) -> Call:
    """Count what has happened, whether there was a place for it or not.

    Whoever asks ``wait`` first keeps to the rate, but for those who ask at the same moment.
    """
    return Call("rates.fill", _one_more(rate, now))


async def wait(tx: Transaction, rate: Rate, now: int) -> int:
    """Milliseconds until one more can be taken out; 0 when it can."""
    row = await tx.one("rates.read", **rate.place)
    ahead = (row["busy_until"] if row else 0) + rate.step - 1000 * (now + rate.window)
    return max(0, -(-ahead // 1000))


def reading(rate: Rate) -> Question:
    """What ``wait`` asks, to be asked together with what else is needed."""
    return Question("rates.read", rate.place)


def _one_more(rate: Rate, now: int) -> dict[str, str | int]:
    return {**rate.place, "now": now, "step": rate.step, "window_ms": rate.window}


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` buckets that were last used before a time."""
    return await tx.run("rates.discard", before=before, batch=batch)
