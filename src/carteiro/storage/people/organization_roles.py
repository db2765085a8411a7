"""The roles that people have in organizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRoleRow:
    """A role."""

    tenant_id: str
    id: str
    name: str
    description: str | None
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeName:
    """A scope of a resource as it is shown beside a role."""

    id: str
    name: str
    resource_id: str
    resource_name: str


async def create(tx: Transaction, row: OrganizationRoleRow) -> None:
    """Add a role. Raises ``UniqueViolation``."""
    await tx.run("organization_roles.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> OrganizationRoleRow | None:  # noqa: A002 - the column's name
    """One role."""
    row = await tx.one("organization_roles.get", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> OrganizationRoleRow | None:  # noqa: A002 - the column's name
    """One role, which nobody else changes until this unit ends."""
    row = await tx.one("organization_roles.lock", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def find(
    tx: Transaction, tenant_id: str, *, text: str | None, page: Page
) -> Part[OrganizationRoleRow]:
    """A page of those whose id, name or description holds a text, by name."""
    arguments = {"tenant_id": tenant_id, "q": containing(text)}
    return await part_of(
        tx,
        "organization_roles.find",
        "organization_roles.count_found",
        page,
        OrganizationRoleRow,
        **arguments,
    )


async def ids_of_names(tx: Transaction, tenant_id: str, names: Sequence[str]) -> dict[str, str]:
    """The ids of the roles that are called exactly so; a name that is nobody's is left out."""
    found = {}
    for name in dict.fromkeys(names):
        row = await tx.one("organization_roles.by_name", tenant_id=tenant_id, name=name)
        if row is not None:
            found[name] = row["id"]
    return found


async def update(tx: Transaction, row: OrganizationRoleRow) -> None:
    """Store a locked row as it is to be. Raises ``UniqueViolation``."""
    await tx.run("organization_roles.update", **asdict(row))


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such role."""
    return await tx.run("organization_roles.delete", tenant_id=tenant_id, id=id) > 0


async def resource_scopes(tx: Transaction, tenant_id: str, role_id: str) -> list[ScopeName]:
    """What the role may do with resources, by id."""
    rows = await tx.all(
        "organization_roles.resource_scopes", tenant_id=tenant_id, organization_role_id=role_id
    )
    return [value_of(ScopeName, row) for row in rows]


async def of_domains(
    tx: Transaction, tenant_id: str, organization_id: str
) -> list[OrganizationRoleRow]:
    """What people get who join an organization by the domain of their address, by name."""
    rows = await tx.all(
        "organization_roles.of_domains", tenant_id=tenant_id, organization_id=organization_id
    )
    return [row_of(row) for row in rows]


def row_of(row: Row) -> OrganizationRoleRow:
    """A row of the table as a value."""
    return value_of(OrganizationRoleRow, row)
