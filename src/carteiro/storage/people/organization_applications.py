"""Which machines belong to an organization, and with which roles."""

from __future__ import annotations

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles, organizations
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationRow


async def has(tx: Transaction, tenant_id: str, organization_id: str, application_id: str) -> bool:
    """Whether an application belongs to it."""
    found = await tx.one(
        "organization_applications.has",
        tenant_id=tenant_id,
        organization_id=organization_id,
        application_id=application_id,
    )
    return found is not None


async def find(
    tx: Transaction, tenant_id: str, organization_id: str, *, text: str | None, page: Page
) -> Part[ApplicationRow]:
    """A page of those whose id, name or description holds a text, the latest first."""
    arguments = {
        "tenant_id": tenant_id,
        "organization_id": organization_id,
        "q": containing(text),
    }
    rows = await tx.all(
        "organization_applications.find",
        **arguments,
        page_size=page.size,
        page_offset=page.offset,
    )
    counted = await tx.one("organization_applications.count_found", **arguments)
    assert counted is not None
    return Part([applications.row_of(row) for row in rows], counted["total"])


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
    return [organization_roles.row_of(row) for row in rows]


async def organizations_of(
    tx: Transaction, tenant_id: str, application_id: str
) -> list[OrganizationRow]:
    """Where an application belongs, newest first."""
    rows = await tx.all(
        "organization_applications.organizations",
        tenant_id=tenant_id,
        application_id=application_id,
    )
    return [organizations.row_of(row) for row in rows]
