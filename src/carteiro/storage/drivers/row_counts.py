"""How many rows of a kind a tenant has, without counting them each time."""

from __future__ import annotations

import secrets

from carteiro.storage.drivers.database import Call, Transaction

_SHARDS = 16


async def add(tx: Transaction, tenant_id: str, name: str, change: int) -> None:
    """Count rows that this unit makes (or deletes: a negative ``change``)."""
    call = adding(tenant_id, name, change)
    await tx.run(call.name, **call.arguments)


def adding(tenant_id: str, name: str, change: int) -> Call:
    """The same, to be written together with the rows."""
    shard = secrets.randbelow(_SHARDS)
    arguments = {"tenant_id": tenant_id, "name": name, "shard": shard, "change": change}
    return Call("row_counts.add", arguments)


async def read(tx: Transaction, tenant_id: str, name: str) -> int:
    """The count, exact as of the units that have committed."""
    row = await tx.one("row_counts.read", tenant_id=tenant_id, name=name)
    assert row is not None
    total: int = row["rows"]
    return total
