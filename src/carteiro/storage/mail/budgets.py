"""Failures of an identifier over all its codes: a new code does not forgive them."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an identifier may get wrong; times are milliseconds.

    ``budget`` failures in a ``window``. From the failure ``delays_from`` on the next try waits
    ``first_delay``, then twice as long each time up to ``longest_delay``.
    """

    budget: int
    window: int
    delays_from: int
    first_delay: int
    longest_delay: int


async def charge(
    tx: Transaction, *, tenant_id: str, recipient_hash: str, now: int, allowed: Allowance
) -> int | None:
    """Count a failure and say how many there are in this window.

    ``None`` when there was none left, or the next one has to wait: then nothing is counted.
    """
    row = await tx.one(
        "budgets.charge",
        tenant_id=tenant_id,
        recipient_hash=recipient_hash,
        now=now,
        over=now - allowed.window,
        budget=allowed.budget,
        delays_from=allowed.delays_from,
        first=allowed.first_delay,
        longest=allowed.longest_delay,
    )
    return int(row["failures"]) if row else None


async def settle(tx: Transaction, *, tenant_id: str, recipient_hash: str, seen: int) -> bool:
    """Forget the failures; false when there are more by now than were ``seen``."""
    keys = {"tenant_id": tenant_id, "recipient_hash": recipient_hash}
    if await tx.run("budgets.settle", **keys, seen=seen):
        return True
    return await tx.one("budgets.read", **keys) is None


async def clear(tx: Transaction, *, tenant_id: str, recipient_hash: str) -> None:
    """Forget the identifier's failures."""
    await tx.run("budgets.clear", tenant_id=tenant_id, recipient_hash=recipient_hash)


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` windows that began before a time."""
    return await tx.run("budgets.discard", before=before, batch=batch)
