"""Failures of an identifier over all its codes: a new code does not forgive them."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Transaction


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
    call = charging(tenant_id=tenant_id, recipient_hash=recipient_hash, now=now, allowed=allowed)
    row = await tx.one(call.name, **call.arguments)
    return int(row["failures"]) if row else None


def charging(*, tenant_id: str, recipient_hash: str, now: int, allowed: Allowance) -> Call:
    """The same, to be written together with what else follows from a failure."""
    return Call(
        "budgets.charge",
        {
            "tenant_id": tenant_id,
            "recipient_hash": recipient_hash,
            "now": now,
            "over": now - allowed.window,
            "budget": allowed.budget,
            "delays_from": allowed.delays_from,
            "first": allowed.first_delay,
            "longest": allowed.longest_delay,
        },
    )


async def settle(tx: Transaction, *, tenant_id: str, recipient_hash: str, seen: int) -> bool:
    """Forget the failures; false when there are more by now than were ``seen``."""
    call = settling(tenant_id=tenant_id, recipient_hash=recipient_hash, seen=seen)
    if await tx.run(call.name, **call.arguments):
        return True
    keys = {"tenant_id": tenant_id, "recipient_hash": recipient_hash}
    return await tx.one("budgets.read", **keys) is None


def settling(*, tenant_id: str, recipient_hash: str, seen: int) -> Call:
    """The same, to be written together with a success; it finds nothing where there are others."""
    return Call(
        "budgets.settle",
        {"tenant_id": tenant_id, "recipient_hash": recipient_hash, "seen": seen},
    )


async def clear(tx: Transaction, *, tenant_id: str, recipient_hash: str) -> None:
    """Forget the identifier's failures."""
    await tx.run("budgets.clear", tenant_id=tenant_id, recipient_hash=recipient_hash)


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` windows that began before a time."""
    return await tx.run("budgets.discard", before=before, batch=batch)
