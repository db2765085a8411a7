"""How often a recipient was sent to: a rolling window, exact, without a lock.

The window is one row whose ``stamps`` are fixed-width: 13 digits of milliseconds and 3 random ones
that tell two sends of the same millisecond apart, newest first. The schema's check refuses the row
in which one stamp more than the limit lies inside the window.
"""

from __future__ import annotations

import secrets

from carteiro.storage.drivers.database import Call, Question, Transaction

_WIDTH = 16
_MILLISECONDS = 13


def stamp(now: int) -> str:
    """A place in the window, taken at ``now`` (milliseconds)."""
    return f"{now:0{_MILLISECONDS}d}{secrets.randbelow(1000):03d}"


def reserve(
    *,
    tenant_id: str,
    action: str,
    recipient_hash: str,
    stamp: str,
    now: int,
    window: int,
    max_sends: int,
) -> Call:
    """Take a place; ``MessageRateLimited`` when ``max_sends`` lie in the last ``window`` ms."""
    return Call(
        "limits.reserve",
        {
            "tenant_id": tenant_id,
            "action": action,
            "recipient_hash": recipient_hash,
            "stamp": stamp,
            "now": now,
            "window_ms": window,
            "max_sends": max_sends,
        },
    )


def release(*, tenant_id: str, action: str, recipient_hash: str, stamp: str) -> Call:
    """Give a place back."""
    return Call(
        "limits.release",
        {
            "tenant_id": tenant_id,
            "action": action,
            "recipient_hash": recipient_hash,
            "stamp": stamp,
        },
    )


def asked(*, tenant_id: str, action: str, recipient_hash: str) -> Question:
    """What ``wait`` asks."""
    arguments = {"tenant_id": tenant_id, "action": action, "recipient_hash": recipient_hash}
    return Question("limits.read", arguments)


async def wait(
    tx: Transaction,
    *,
    tenant_id: str,
    action: str,
    recipient_hash: str,
    now: int,
    window: int,
    max_sends: int,
) -> int:
    """Milliseconds until a place is free; 0 when one is."""
    row = await tx.one(
        "limits.read", tenant_id=tenant_id, action=action, recipient_hash=recipient_hash
    )
    stamps = row["stamps"] if row else ""
    oldest = stamps[_WIDTH * (max_sends - 1) :][:_MILLISECONDS]
    return max(0, int(oldest) + window - now) if oldest else 0


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` windows that were last used before a time."""
    return await tx.run("limits.discard", before=before, batch=batch)


async def clear(tx: Transaction, *, tenant_id: str, recipient_hash: str) -> None:
    """Forget what a recipient was sent."""
    await tx.run("limits.clear", tenant_id=tenant_id, recipient_hash=recipient_hash)
