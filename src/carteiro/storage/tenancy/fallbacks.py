"""A tenant's further connectors, tried in their order when the first cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.tenancy import connector_revisions, tenants
from carteiro.storage.tenancy.connectors import ConnectorRow

_TYPE = "Email"


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackRow:
    """One of them; ``limits`` is its ``rateLimit`` as on the wire.

    One that is ``reserved`` has no place in the order: only overrides that name it send through it.
    """

    tenant_id: str
    id: str
    connector_id: str
    config_sealed: bytes = field(repr=False)
    limits: Mapping[str, Any]
    created_at: int
    reserved: bool = False
    revision: int = 1
    """The number of the revision of its config."""

    @property
    def connector(self) -> ConnectorRow:
        """The same as a connector's row."""
        return ConnectorRow(
            tenant_id=self.tenant_id,
            id=self.id,
            type=_TYPE,
            connector_id=self.connector_id,
            config_sealed=self.config_sealed,
            metadata="{}",
            sync_profile=False,
            enable_token_storage=False,
            created_at=self.created_at,
            revision=self.revision,
        )


async def list_all(tx: Transaction, tenant_id: str) -> list[FallbackRow]:
    """In their order."""
    return [_row(row) for row in await tx.all("fallbacks.list", tenant_id=tenant_id)]


async def list_reserved(tx: Transaction, tenant_id: str, page: Page | None) -> Part[FallbackRow]:
    """A page of the reserved ones, or all; the oldest first."""
    size, offset = (page.size, page.offset) if page else (2**31, 0)
    rows = await tx.all(
        "fallbacks.list_reserved", tenant_id=tenant_id, page_size=size, page_offset=offset
    )
    return Part([_row(row) for row in rows], await count_reserved(tx, tenant_id))


async def count_reserved(tx: Transaction, tenant_id: str) -> int:
    """How many are reserved."""
    row = await tx.one("fallbacks.count_reserved", tenant_id=tenant_id)
    assert row is not None
    return int(row["total"])


async def get(tx: Transaction, tenant_id: str, id: str) -> FallbackRow | None:  # noqa: A002 - the column's name
    """One of them."""
    row = await tx.one("fallbacks.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def create(tx: Transaction, row: FallbackRow, publication: Publication) -> None:
    """Put one at the end, or beside the order, with its first revision.

    Raises ``UniqueViolation``.
    """
    await tenants.lock(tx, row.tenant_id)
    await tx.run(
        "fallbacks.create",
        tenant_id=row.tenant_id,
        id=row.id,
        connector_id=row.connector_id,
        limits=json.dumps(row.limits),
        created_at=row.created_at,
        reserved=row.reserved,
    )
    await connector_revisions.add(tx, row.tenant_id, row.id, 1, row.config_sealed, publication)


async def update(tx: Transaction, row: FallbackRow) -> bool:
    """Store what may be changed beside the config; false when it is gone."""
    limits = json.dumps(row.limits)
    return await tx.run("fallbacks.update", tenant_id=row.tenant_id, id=row.id, limits=limits) > 0


async def order(tx: Transaction, tenant_id: str, ids: Sequence[str]) -> None:
    """Put them into this order."""
    await tenants.lock(tx, tenant_id)
    for position, id_ in enumerate(ids, 1):
        await tx.run("fallbacks.move", tenant_id=tenant_id, id=id_, position=position)


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete with its history, and the secrets in it; false when it is gone."""
    if not await tx.run("fallbacks.delete", tenant_id=tenant_id, id=id):
        return False
    await connector_revisions.forget(tx, tenant_id, id)
    return True


def _row(row: Row) -> FallbackRow:
    return FallbackRow(
        tenant_id=row["tenant_id"],
        id=row["id"],
        connector_id=row["connector_id"],
        config_sealed=bytes(row["config_sealed"]),
        limits=json.loads(row["limits"]),
        created_at=row["created_at"],
        reserved=bool(row["reserved"]),
        revision=row["revision"],
    )
