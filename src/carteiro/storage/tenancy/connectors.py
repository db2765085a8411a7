"""A tenant's connectors: one of each type, by constraint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.tenancy import tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRow:
    """A connector as stored; ``connector_id`` names its factory, ``metadata`` is JSON."""

    tenant_id: str
    id: str
    type: str
    connector_id: str
    config_sealed: bytes = field(repr=False)
    metadata: str
    sync_profile: bool
    enable_token_storage: bool
    created_at: int


async def list_all(tx: Transaction, tenant_id: str) -> list[ConnectorRow]:
    """The tenant's connectors by id."""
    return [_row(row) for row in await tx.all("connectors.list", tenant_id=tenant_id)]


async def get(tx: Transaction, tenant_id: str, id: str) -> ConnectorRow | None:  # noqa: A002 - the column's name
    """One connector."""
    row = await tx.one("connectors.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def replace_of_type(tx: Transaction, new: ConnectorRow) -> None:
    """Store a connector in place of the tenant's present one of its type.

    Two at once follow one another: the later one stays. Raises ``UniqueViolation`` for an id that
    is in use elsewhere.
    """
    await tenants.lock(tx, new.tenant_id)
    await tx.run("connectors.delete_type", tenant_id=new.tenant_id, type=new.type)
    await tx.run("connectors.create", **asdict(new))


async def update(tx: Transaction, row: ConnectorRow) -> bool:
    """Store a new config; false when the connector is gone."""
    return (
        await tx.run(
            "connectors.update",
            tenant_id=row.tenant_id,
            id=row.id,
            config_sealed=row.config_sealed,
            sync_profile=row.sync_profile,
        )
        > 0
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when the connector is gone."""
    return await tx.run("connectors.delete", tenant_id=tenant_id, id=id) > 0


def _row(row: Row) -> ConnectorRow:
    return ConnectorRow(
        tenant_id=row["tenant_id"],
        id=row["id"],
        type=row["type"],
        connector_id=row["connector_id"],
        config_sealed=bytes(row["config_sealed"]),
        metadata=row["metadata"],
        sync_profile=bool(row["sync_profile"]),
        enable_token_storage=bool(row["enable_token_storage"]),
        created_at=row["created_at"],
    )
