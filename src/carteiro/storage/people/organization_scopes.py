"""What a role can give inside an organization: names that a token for it lists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Question, Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.people.relations import listed, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationScopeRow:
    """A scope."""

    tenant_id: str
    id: str
    name: str
    description: str | None


async def create(tx: Transaction, row: OrganizationScopeRow) -> None:
    """Add a scope. Raises ``UniqueViolation``."""
    await tx.run("organization_scopes.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> OrganizationScopeRow | None:  # noqa: A002 - the column's name
    """One scope."""
    row = await tx.one("organization_scopes.get", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> OrganizationScopeRow | None:  # noqa: A002 - the column's name
    """One scope, which nobody else changes until this unit ends."""
    row = await tx.one("organization_scopes.lock", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def find(
    tx: Transaction, tenant_id: str, *, text: str | None, page: Page | None
) -> Part[OrganizationScopeRow]:
    """A page of those whose name holds a text, by name; without a page all of them."""
    return await part_of(
        tx,
        "organization_scopes.find",
        "organization_scopes.count_found",
        page,
        OrganizationScopeRow,
        tenant_id=tenant_id,
        q=containing(text),
    )


async def update(tx: Transaction, row: OrganizationScopeRow) -> None:
    """Store a locked row as it is to be. Raises ``UniqueViolation``."""
    await tx.run("organization_scopes.update", **asdict(row))


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such scope."""
    return await tx.run("organization_scopes.delete", tenant_id=tenant_id, id=id) > 0


async def named(
    tx: Transaction, tenant_id: str, names: Collection[str]
) -> list[OrganizationScopeRow]:
    """Those that are called exactly so, by name; a name that is no scope's is left out."""
    rows = await tx.all(_NAMED, tenant_id=tenant_id, ids=listed(names))
    return [row_of(row) for row in rows]


async def asked_by(
    tx: Transaction, tenant_id: str, application_id: str
) -> list[OrganizationScopeRow]:
    """Those that a third party's application may ask people for, by name."""
    asked = asked_of_application(tenant_id, application_id)
    return [row_of(row) for row in await tx.all(asked.statement, **asked.arguments)]


def asked_of_application(tenant_id: str, application_id: str) -> Question:
    """What ``asked_by`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "application_id": application_id}
    return Question("organization_scopes.asked_by", values)


async def of_role(tx: Transaction, tenant_id: str, role_id: str) -> list[OrganizationScopeRow]:
    """What a role gives, by id."""
    rows = await tx.all(
        "organization_scopes.of_role", tenant_id=tenant_id, organization_role_id=role_id
    )
    return [row_of(row) for row in rows]


async def of_member(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> list[OrganizationScopeRow]:
    """What a member's roles in an organization give there, each once; nothing to who is none."""
    rows = await tx.all(
        "organization_scopes.of_member",
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
    )
    return [row_of(row) for row in rows]


def row_of(row: Row) -> OrganizationScopeRow:
    """A row of the table as a value."""
    return value_of(OrganizationScopeRow, row)


_NAMED = listing(
    "organization_scopes.named",
    "SELECT * FROM organization_scopes WHERE tenant_id = :tenant_id "
    "AND name IN (SELECT listed.id FROM {ids}) ORDER BY name",
)
