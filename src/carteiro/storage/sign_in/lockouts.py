"""Who failed how often in the last hour, and until when nothing of theirs is let through.

The failures are one row whose ``stamps`` are 13 digits of milliseconds each, newest first. A
failure is one statement on that row: those that come at once wait for each other and none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Question, Transaction

_WIDTH = 13


@dataclass(frozen=True, slots=True)
class Failures:
    """What counts against somebody: ``stamps`` as stored, and until when it is locked."""

    stamps: str = ""
    blocked_until: int = 0

    def locked_by_one_more(self, *, now: int, window: int, attempts: int, duration: int) -> int:
        """What ``fail`` says, if nobody else fails in between."""
        if self.blocked_until > now:
            return self.blocked_until
        first = _WIDTH * (attempts - 2)
        full = attempts == 1 or self.stamps[first : first + _WIDTH] > _stamp(now - window)
        return now + duration if full else 0


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
    call = failing(
        tenant_id=tenant_id,
        target_hash=target_hash,
        now=now,
        window=window,
        attempts=attempts,
        duration=duration,
    )
    row = await tx.one(call.name, **call.arguments)
    assert row is not None
    return int(row["blocked_until"])


def failing(
    *, tenant_id: str, target_hash: str, now: int, window: int, attempts: int, duration: int
) -> Call:
    """The same, to be written together with what else follows; it gives back that time."""
    return Call(
        "lockouts.fail",
        {
            "tenant_id": tenant_id,
            "target_hash": target_hash,
            "stamp": _stamp(now) if attempts > 1 else "",
            "at_once": now + duration if attempts == 1 else 0,
            "now": now,
            "since": _stamp(now - window),
            # Where the failure stands before which there is room for one more; the digit in front
            # of all of them is what a single attempt finds: there is no room at all.
            "place": 2 + _WIDTH * (attempts - 2) if attempts > 1 else 1,
            "width": _WIDTH * (attempts - 1),
            "blocked_until": now + duration,
        },
    )


async def locked_until(tx: Transaction, *, tenant_id: str, target_hash: str) -> int:
    """Until when it is locked; 0 when it never was."""
    return (await read(tx, tenant_id=tenant_id, target_hash=target_hash)).blocked_until


async def read(tx: Transaction, *, tenant_id: str, target_hash: str) -> Failures:
    """What counts against somebody."""
    row = await tx.one("lockouts.read", tenant_id=tenant_id, target_hash=target_hash)
    return Failures(row["stamps"], int(row["blocked_until"])) if row else Failures()


def reading(*, tenant_id: str, target_hash: str) -> Question:
    """The same, to be asked together with what else is needed."""
    return Question("lockouts.read", {"tenant_id": tenant_id, "target_hash": target_hash})


def unlocked(*, tenant_id: str, target_hash: str, now: int) -> Call:
    """Gives something back as long as it is not locked."""
    return Call(
        "lockouts.unlocked", {"tenant_id": tenant_id, "target_hash": target_hash, "now": now}
    )


async def clear(tx: Transaction, *, tenant_id: str, target_hash: str) -> None:
    """Forget the failures and the lock."""
    await tx.run("lockouts.clear", tenant_id=tenant_id, target_hash=target_hash)


async def discard(tx: Transaction, *, now: int, before: int, batch: int) -> int:
    """Delete at most ``batch`` that last failed before a time and are not locked."""
    return await tx.run("lockouts.discard", now=now, before=before, batch=batch)


def _stamp(moment: int) -> str:
    return f"{moment:0{_WIDTH}d}"
