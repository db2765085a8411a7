"""Tenants: everything else belongs to one."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Row, Transaction

DEFAULT = "default"
_NAME = "My Project"
_TAG = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow:
    """A tenant."""

    id: str
    name: str
    tag: str
    created_at: int
    is_suspended: bool


async def ensure_default(tx: Transaction, now: int) -> None:
    """Make the tenant ``default`` if it is not there."""
    await tx.run("tenants.ensure", id=DEFAULT, name=_NAME, tag=_TAG, created_at=now)


async def create(
    tx: Transaction,
    *,
    id: str,  # noqa: A002 - the column's name
    name: str,
    created_at: int,
    tag: str = _TAG,
) -> None:
    """Make a tenant. Raises ``UniqueViolation`` for an id that is taken."""
    await tx.run("tenants.create", id=id, name=name, tag=tag, created_at=created_at)


async def get(tx: Transaction, id: str) -> TenantRow | None:  # noqa: A002 - the column's name
    """One tenant."""
    row = await tx.one("tenants.get", id=id)
    return _row(row) if row else None


async def list_all(tx: Transaction) -> list[TenantRow]:
    """Every tenant by id."""
    return [_row(row) for row in await tx.all("tenants.list")]


async def lock(tx: Transaction, id: str) -> None:  # noqa: A002 - the column's name
    """Wait for whoever else changes what this tenant has one of, until this unit ends."""
    await tx.run("tenants.lock", id=id)


def _row(row: Row) -> TenantRow:
    return TenantRow(
        id=row["id"],
        name=row["name"],
        tag=row["tag"],
        created_at=row["created_at"],
        is_suspended=bool(row["is_suspended"]),
    )
