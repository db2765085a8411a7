"""What third-party applications may ask people for, and which organizations people let them into.

What is written are pairs: see ``relations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.people import relations
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.organizations import OrganizationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedScope:
    """A scope of a resource that an application may ask for."""

    id: str
    name: str
    description: str | None
    resource_id: str
    resource_name: str
    indicator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentScopes:
    """All that an application may ask for; those inside organizations apart."""

    organization_scopes: Sequence[OrganizationScopeRow]
    resource_scopes: Sequence[AskedScope]
    organization_resource_scopes: Sequence[AskedScope]
    user_scopes: Sequence[str]


async def scopes_of(tx: Transaction, tenant_id: str, application_id: str) -> ConsentScopes:
    """What an application may ask for, each list by id."""
    whose = {"tenant_id": tenant_id, "application_id": application_id}
    inside = await tx.all("consents.organization_scopes", **whose)
    rows = await tx.all("consents.resource_scopes", **whose)
    parent = {"application_id": application_id}
    return ConsentScopes(
        organization_scopes=[value_of(OrganizationScopeRow, row) for row in inside],
        resource_scopes=[value_of(AskedScope, row) for row in rows if not row["inside"]],
        organization_resource_scopes=[value_of(AskedScope, row) for row in rows if row["inside"]],
        user_scopes=await relations.held(tx, relations.CONSENT_USER_SCOPES, tenant_id, parent),
    )


async def find_organizations(
    tx: Transaction, tenant_id: str, application_id: str, user_id: str, page: Page
) -> Part[OrganizationRow]:
    """A page of the organizations that somebody let an application into, newest first."""
    return await part_of(
        tx,
        "consents.find_organizations",
        "consents.count_organizations",
        page,
        OrganizationRow,
        tenant_id=tenant_id,
        application_id=application_id,
        user_id=user_id,
    )
