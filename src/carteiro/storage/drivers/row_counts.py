"""How many rows of a kind a tenant has, without counting them each time."""

from __future__ import annotations

import secrets

from carteiro.storage.drivers.database import Transaction

_SHARDS = 16


async def add(tx: Transaction, tenant_id: str, name: str, change: int) -> None:
    """Count rows that this unit makes (or deletes: a negative ``change``)."""
    await tx.run(
        "row_counts.add",
        tenant_id=tenant_id,
        name=name,
        shard=secrets.randbelow(_SHARDS),
        change=change,
    )


async def read(tx: Transaction, tenant_id: str, name: str) -> int:
    """The count, exact as of the units that have committed."""
    row = await tx.one("row_counts.read", tenant_id=tenant_id, name=name)
    assert row is not None
    total: int = row["rows"]
    return total
