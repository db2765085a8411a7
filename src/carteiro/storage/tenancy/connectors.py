"""A tenant's connectors: one of each type, by constraint."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.tenancy import connector_revisions, tenants


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
    revision: int = 1
    """The number of the revision of its config."""


async def list_all(tx: Transaction, tenant_id: str) -> list[ConnectorRow]:
    """The tenant's connectors by id."""
    return [_row(row) for row in await tx.all("connectors.list", tenant_id=tenant_id)]


async def get(tx: Transaction, tenant_id: str, id: str) -> ConnectorRow | None:  # noqa: A002 - the column's name
    """One connector."""
    row = await tx.one("connectors.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def replace_of_type(tx: Transaction, new: ConnectorRow, publication: Publication) -> None:
    """Store a connector in place of the tenant's present one of its type, with its first revision.

    Two at once follow one another: the later one stays. Raises ``UniqueViolation`` for an id that
    is in use elsewhere.
    """
    await tenants.lock(tx, new.tenant_id)
    of_type = {"tenant_id": new.tenant_id, "type": new.type}
    await tx.run("connectors.forget_type", **of_type)
    await tx.run("connectors.delete_type", **of_type)
    await tx.run("connectors.create", **{name: getattr(new, name) for name in _COLUMNS})
    await connector_revisions.add(tx, new.tenant_id, new.id, 1, new.config_sealed, publication)


async def update(tx: Transaction, row: ConnectorRow) -> bool:
    """Store what may be changed beside the config; false when the connector is gone."""
    return (
        await tx.run(
            "connectors.update",
            tenant_id=row.tenant_id,
            id=row.id,
            sync_profile=row.sync_profile,
        )
        > 0
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete with its history, and the secrets in it; false when the connector is gone."""
    if not await tx.run("connectors.delete", tenant_id=tenant_id, id=id):
        return False
    await connector_revisions.forget(tx, tenant_id, id)
    return True


def _row(row: Row) -> ConnectorRow:
    return value_of(ConnectorRow, row)


_COLUMNS = (
    *("tenant_id", "id", "type", "connector_id", "metadata", "sync_profile"),
    *("enable_token_storage", "created_at"),
)
