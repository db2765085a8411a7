"""Overrides: who has a sender or templates of its own, and the senders.

The templates stand with the tenant's, and name their owner themselves.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carteiro.model.owners import Owner
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of

_OF = {"organization": "overrides.of_organization", "application": "overrides.of_application"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """An override without its templates; what is ``None`` is left to the next level."""

    tenant_id: str
    id: str
    organization_id: str | None
    application_id: str | None
    connector_id: str | None
    from_name: str | None
    reply_to: str | None
    created_at: int

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        found = Owner.of(self.organization_id, self.application_id)
        assert found is not None
        return found


async def digest(tx: Transaction, tenant_id: str) -> list[OverrideRow]:
    """All of a tenant's, without templates."""
    return [_row(row) for row in await tx.all("overrides.digest", tenant_id=tenant_id)]


async def find(tx: Transaction, tenant_id: str, page: Page) -> Part[OverrideRow]:
    """A page of them, the oldest first."""
    return await part_of(
        tx, "overrides.find", "overrides.count", page, OverrideRow, tenant_id=tenant_id
    )


async def count(tx: Transaction, tenant_id: str) -> int:
    """How many a tenant has."""
    return await _total(tx, "overrides.count", tenant_id=tenant_id)


async def of(tx: Transaction, tenant_id: str, owner: Owner) -> OverrideRow | None:
    """An owner's, if it has one."""
    row = await tx.one(_OF[owner.kind], tenant_id=tenant_id, owner_id=owner.id)
    return _row(row) if row else None


async def create(tx: Transaction, row: OverrideRow) -> None:
    """Store a new one. Raises ``RelationNotFound`` where there is no such owner."""
    await tx.run("overrides.create", **asdict(row))


async def update(tx: Transaction, row: OverrideRow) -> None:
    """Store its sender."""
    await tx.run(
        "overrides.update",
        tenant_id=row.tenant_id,
        id=row.id,
        connector_id=row.connector_id,
        from_name=row.from_name,
        reply_to=row.reply_to,
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete one; false when it is gone. Its templates are its owner's, and stay."""
    return await tx.run("overrides.delete", tenant_id=tenant_id, id=id) > 0


async def users_of(tx: Transaction, tenant_id: str, connector_id: str) -> int:
    """How many overrides send through a connector."""
    return await _total(tx, "overrides.users_of", tenant_id=tenant_id, connector_id=connector_id)


async def repoint(tx: Transaction, tenant_id: str, connector_id: str, *, by: str | None) -> int:
    """Have those that send through a connector send through another, or the next level's."""
    return await tx.run("overrides.repoint", tenant_id=tenant_id, connector_id=connector_id, by=by)


async def _total(tx: Transaction, name: str, **arguments: str) -> int:
    row = await tx.one(name, **arguments)
    assert row is not None
    return int(row["total"])


def _row(row: Row) -> OverrideRow:
    return value_of(OverrideRow, row)
