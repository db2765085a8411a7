"""Buckets that many share, a network's or a tenant's: so many at once, refilled evenly, one number.

The number is the time until which the messages so far would keep the bucket busy at its rate
(the generic cell rate algorithm). It costs the same for ten messages an hour and for a million.
"""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``sends`` messages in ``window`` milliseconds, out of the bucket of one owner."""

    tenant_id: str
    bucket: str
    owner_hash: str
    sends: int
    window: int

    @property
    def step(self) -> int:
        """Microseconds for which one message keeps the bucket busy."""
        return self.window * 1000 // self.sends


def take(rate: Rate, now: int) -> Call:
    """Take one message out; ``MessageRateLimited`` when the bucket is empty."""
    return Call(
        "rates.take",
        {
            "tenant_id": rate.tenant_id,
            "bucket": rate.bucket,
            "owner_hash": rate.owner_hash,
            "now": now,
            "step": rate.step,
            "window_ms": rate.window,
        },
    )


async def wait(tx: Transaction, rate: Rate, now: int) -> int:
    """Milliseconds until one more can be taken out; 0 when it can."""
    row = await tx.one(
        "rates.read",
        tenant_id=rate.tenant_id,
        bucket=rate.bucket,
        owner_hash=rate.owner_hash,
    )
    ahead = (row["busy_until"] if row else 0) + rate.step - 1000 * (now + rate.window)
    return max(0, -(-ahead // 1000))


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` buckets that were last used before a time."""
    return await tx.run("rates.discard", before=before, batch=batch)
