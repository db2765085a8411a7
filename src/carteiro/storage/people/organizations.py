"""Organizations, and the domains whose people join them by themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carteiro.model.addresses import domain_key
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRow:
    """An organization; JSON members are text."""

    tenant_id: str
    id: str
    name: str
    description: str | None = None
    custom_data: str = "{}"
    is_mfa_required: bool = False
    color: str = "{}"
    branding: str = "{}"
    custom_css: str | None = None
    created_at: int


async def create(tx: Transaction, row: OrganizationRow) -> None:
    """Add an organization."""
    await tx.run("organizations.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> OrganizationRow | None:  # noqa: A002 - the column's name
    """One organization."""
    row = await tx.one("organizations.get", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> OrganizationRow | None:  # noqa: A002 - the column's name
    """One organization, whose members nobody else changes until this unit ends."""
    row = await tx.one("organizations.lock", tenant_id=tenant_id, id=id)
    return row_of(row) if row else None


async def find(
    tx: Transaction, tenant_id: str, *, text: str | None, page: Page
) -> Part[OrganizationRow]:
    """A page of those whose id or name holds a text, newest first."""
    arguments = {"tenant_id": tenant_id, "q": containing(text)}
    return await part_of(
        tx, "organizations.find", "organizations.count_found", page, OrganizationRow, **arguments
    )


async def update(tx: Transaction, row: OrganizationRow) -> None:
    """Store a locked row as it is to be."""
    arguments = asdict(row)
    del arguments["created_at"]
    await tx.run("organizations.update", **arguments)


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete with all that belongs to it; false when there is no such organization."""
    return await tx.run("organizations.delete", tenant_id=tenant_id, id=id) > 0


async def of_user(tx: Transaction, tenant_id: str, user_id: str) -> list[OrganizationRow]:
    """Where somebody belongs, newest first."""
    rows = await tx.all("organizations.of_user", tenant_id=tenant_id, user_id=user_id)
    return [row_of(row) for row in rows]


async def domains(tx: Transaction, tenant_id: str, organization_id: str) -> list[str]:
    """The domains whose people join by themselves, in order."""
    rows = await tx.all(
        "organizations.domains", tenant_id=tenant_id, organization_id=organization_id
    )
    return [row["email_domain"] for row in rows]


async def of_domain(tx: Transaction, tenant_id: str, domain: str) -> list[str]:
    """The organizations that people with an address there join by themselves: their ids."""
    rows = await tx.all(
        "organizations.by_domain", tenant_id=tenant_id, domain_key=domain_key(domain)
    )
    return [row["organization_id"] for row in rows]


async def add_domain(tx: Transaction, tenant_id: str, organization_id: str, domain: str) -> None:
    """Add a domain. Raises ``UniqueViolation``, in whatever spelling, or ``RelationNotFound``."""
    await tx.run(
        "organizations.add_domain",
        tenant_id=tenant_id,
        organization_id=organization_id,
        email_domain=domain,
        domain_key=domain_key(domain),
    )


async def remove_domain(tx: Transaction, tenant_id: str, organization_id: str, domain: str) -> bool:
    """Take a domain out, in whatever spelling; false when it is not there."""
    return (
        await tx.run(
            "organizations.remove_domain",
            tenant_id=tenant_id,
            organization_id=organization_id,
            email_domain=domain,
            domain_key=domain_key(domain),
        )
        > 0
    )


def row_of(row: Row) -> OrganizationRow:
    """A row of the table as a value."""
    return value_of(OrganizationRow, row)
