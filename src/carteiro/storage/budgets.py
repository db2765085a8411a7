"""Failures of an identifier over all its codes: a new code does not forgive them."""

from __future__ import annotations

from carteiro.storage.database import Transaction


async def charge(
    tx: Transaction, *, tenant_id: str, recipient_hash: str, now: int, window: int
) -> int:
    """Count a failure and say how many there are in this window (milliseconds)."""
    row = await tx.one(
        "budgets.charge",
        tenant_id=tenant_id,
        recipient_hash=recipient_hash,
        now=now,
        over=now - window,
    )
    return int(row["failures"]) if row else 0


async def clear(tx: Transaction, *, tenant_id: str, recipient_hash: str) -> None:
    """Forget the identifier's failures."""
    await tx.run("budgets.clear", tenant_id=tenant_id, recipient_hash=recipient_hash)


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` windows that began before a time."""
    return await tx.run("budgets.discard", before=before, batch=batch)
