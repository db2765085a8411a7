"""`/api/organizations`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import people
from carteiro.api.management.flags import flag
from carteiro.api.management.organizations.schemas import (
    AllDomains,
    CreateOrganization,
    NewDomain,
    UpdateOrganization,
    featured_response,
)
from carteiro.api.pagination import MaybePaged, Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ORGANIZATIONS, PEOPLE
from carteiro.directory.organizations import organization_info, role_names
from carteiro.flows.administer.organizations import organizations as flow
from carteiro.flows.administer.people.users import get_user

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    but={
        "/users/{userId}/organizations": PEOPLE,
    },
    answers={
        "list_organizations": list[people.Organization],
        "create_organization": people.Organization,
        "get_organization": people.Organization,
        "update_organization": people.Organization,
        "list_email_domains": list[people.OrganizationDomain],
        "add_email_domain": people.OrganizationDomain,
        "list_organizations_of_user": list[people.Organization],
    },
)


@router.get("/organizations")
async def list_organizations(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    q: str | None = None,
    showFeatured: str = "",
) -> list[dict[str, Any]]:
    """Organizations, newest first; `q` looks at id and name, `showFeatured` adds a few members."""
    found = await flow.find_organizations(caller.world, caller.tenant_id, q, page)
    tell_total(request, response, page, found.total)
    if not flag(showFeatured):
        return [organization_info(row) for row in found.rows]
    featured = await flow.feature(caller.world, caller.tenant_id, found.rows)
    return [featured_response(entry) for entry in featured]


@router.post("/organizations", status_code=201)
async def create_organization(caller: Caller, body: CreateOrganization) -> dict[str, Any]:
    """Create an organization."""
    row = await flow.create_organization(
        caller.world, caller.tenant_id, body.columns(), by=caller.by
    )
    return organization_info(row)


@router.get("/organizations/{id}")
async def get_organization(caller: Caller, id: str) -> dict[str, Any]:
    """One organization."""
    return organization_info(await flow.get_organization(caller.world, caller.tenant_id, id))


@router.patch("/organizations/{id}")
async def update_organization(caller: Caller, id: str, body: UpdateOrganization) -> dict[str, Any]:
    """Change an organization; `customData`, `color` and `branding` are replaced as a whole."""
    row = await flow.update_organization(
        caller.world, caller.tenant_id, id, body.columns(), by=caller.by
    )
    return organization_info(row)


@router.delete("/organizations/{id}", status_code=204, response_class=Response)
async def delete_organization(caller: Caller, id: str) -> None:
    """Delete an organization with its memberships and invitations."""
    await flow.delete_organization(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/organizations/{id}/jit/email-domains")
async def list_email_domains(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str
) -> list[dict[str, Any]]:
    """The domains whose people join the organization when they register."""
    domains = await flow.list_domains(caller.world, caller.tenant_id, id)
    tell_total(request, response, page, len(domains))
    if page is not None:
        domains = domains[page.offset : page.offset + page.size]
    return [_domain(caller, id, domain) for domain in domains]


@router.post("/organizations/{id}/jit/email-domains", status_code=201)
async def add_email_domain(caller: Caller, id: str, body: NewDomain) -> dict[str, Any]:
    """Let the people of one more domain join when they register."""
    await flow.set_domains(
        caller.world, caller.tenant_id, id, [body.email_domain], replacing=False, by=caller.by
    )
    return _domain(caller, id, body.email_domain)


@router.put("/organizations/{id}/jit/email-domains", status_code=204, response_class=Response)
async def replace_email_domains(caller: Caller, id: str, body: AllDomains) -> None:
    """Let the people of exactly these domains join when they register."""
    await flow.set_domains(
        caller.world, caller.tenant_id, id, body.email_domains, replacing=True, by=caller.by
    )


@router.delete(
    "/organizations/{id}/jit/email-domains/{emailDomain}",
    status_code=204,
    response_class=Response,
)
async def remove_email_domain(caller: Caller, id: str, emailDomain: str) -> None:
    """Let the people of a domain join by themselves no more."""
    await flow.remove_domain(caller.world, caller.tenant_id, id, emailDomain, by=caller.by)


@router.get("/users/{userId}/organizations")
async def list_organizations_of_user(caller: Caller, userId: str) -> list[dict[str, Any]]:
    """The organizations that a person belongs to, with their roles there."""
    await get_user(caller.world, caller.tenant_id, userId)
    found = await flow.organizations_of(caller.world, caller.tenant_id, userId)
    return [
        {**organization_info(row), "organizationRoles": role_names(roles)} for row, roles in found
    ]


def _domain(caller: Caller, id: str, domain: str) -> dict[str, Any]:
    return {"tenantId": caller.tenant_id, "organizationId": id, "emailDomain": domain}
