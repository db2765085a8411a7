"""Who failed how often in the last hour, and until when nothing of theirs is let through.

The failures are one row whose ``stamps`` are 13 digits of milliseconds each, newest first. A
failure is one statement on that row: those that come at once wait for each other and none is lost.
"""

from __future__ import annotations

from carteiro.storage.drivers.database import Transaction

_WIDTH = 13


async def fail(
    tx: Transaction,
    *,
    tenant_id: str,
    target_hash: str,
    now: int,
    window: int,
    attempts: int,
    duration: int,
) -> int:
    """Count a failure and say until when it is locked: a time that is not after ``now`` is none.

    The last of ``attempts`` failures in a ``window`` locks for ``duration``; all are milliseconds.
    """
    row = await tx.one(
        "lockouts.fail",
        tenant_id=tenant_id,
        target_hash=target_hash,
        stamp=_stamp(now) if attempts > 1 else "",
        at_once=now + duration if attempts == 1 else 0,
        now=now,
        since=_stamp(now - window),
        # Where the failure stands before which there is room for one more; the digit in front of
        # all of them is what a single attempt finds: there is no room at all.
        place=2 + _WIDTH * (attempts - 2) if attempts > 1 else 1,
        width=_WIDTH * (attempts - 1),
        blocked_until=now + duration,
    )
    assert row is not None
    return int(row["blocked_until"])


async def locked_until(tx: Transaction, *, tenant_id: str, target_hash: str) -> int:
    """Until when it is locked; 0 when it never was."""
    row = await tx.one("lockouts.read", tenant_id=tenant_id, target_hash=target_hash)
    return int(row["blocked_until"]) if row else 0


async def clear(tx: Transaction, *, tenant_id: str, target_hash: str) -> None:
    """Forget the failures and the lock."""
    await tx.run("lockouts.clear", tenant_id=tenant_id, target_hash=target_hash)


async def discard(tx: Transaction, *, now: int, before: int, batch: int) -> int:
    """Delete at most ``batch`` that last failed before a time and are not locked."""
    return await tx.run("lockouts.discard", now=now, before=before, batch=batch)


def _stamp(moment: int) -> str:
    return f"{moment:0{_WIDTH}d}"
