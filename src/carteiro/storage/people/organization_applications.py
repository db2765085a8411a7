"""Which machines belong to an organization, and with which roles."""

from __future__ import annotations

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organizations import OrganizationRow


async def has(tx: Transaction, tenant_id: str, organization_id: str, application_id: str) -> bool:
    """Whether an application belongs to it."""
    found = await tx.one(
        "organization_applications.has",
        tenant_id=tenant_id,
        organization_id=organization_id,
        application_id=application_id,
    )
    return found is not None


async def roles(
    tx: Transaction, tenant_id: str, organization_id: str, application_id: str
) -> list[OrganizationRoleRow]:
    """An application's roles in an organization, by name."""
    rows = await tx.all(
        "organization_applications.roles",
        tenant_id=tenant_id,
        organization_id=organization_id,
        application_id=application_id,
    )
    return [value_of(OrganizationRoleRow, row) for row in rows]


async def organizations_of(
    tx: Transaction, tenant_id: str, application_id: str
) -> list[OrganizationRow]:
    """Where an application belongs, newest first."""
    rows = await tx.all(
        "organization_applications.organizations",
        tenant_id=tenant_id,
        application_id=application_id,
    )
    return [value_of(OrganizationRow, row) for row in rows]
