"""Addresses that get no more mail, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import part_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """One address. Times are milliseconds; without ``expires_at`` it stays."""

    tenant_id: str
    recipient_hash: str
    recipient_sealed: bytes = field(repr=False)
    reason: str
    connector_id: str | None
    note: str | None
    created_at: int
    expires_at: int | None


async def put(tx: Transaction, row: SuppressionRow) -> None:
    """Put an address on the list, or give it a newer reason."""
    await tx.run("suppressions.put", **asdict(row))


async def get(tx: Transaction, tenant_id: str, recipient_hash: str) -> SuppressionRow | None:
    """One address."""
    row = await tx.one("suppressions.get", tenant_id=tenant_id, recipient_hash=recipient_hash)
    return value_of(SuppressionRow, row) if row else None


async def find(tx: Transaction, tenant_id: str, page: Page) -> Part[SuppressionRow]:
    """A page of the list, newest first."""
    return await part_of(
        tx, "suppressions.list", "suppressions.count", page, SuppressionRow, tenant_id=tenant_id
    )


async def total(tx: Transaction) -> int:
    """How many there are of all tenants."""
    row = await tx.one("suppressions.total")
    assert row is not None
    return int(row["total"])


async def delete(tx: Transaction, tenant_id: str, recipient_hash: str) -> bool:
    """Let an address get mail again; false when it is not on the list."""
    return (
        await tx.run("suppressions.delete", tenant_id=tenant_id, recipient_hash=recipient_hash) > 0
    )


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` entries that are over."""
    return await tx.run("suppressions.discard", now=now, batch=batch)
