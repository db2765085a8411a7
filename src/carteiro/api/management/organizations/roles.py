"""`/api/organization-roles`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import people
from carteiro.api.management.organizations.schemas import CreateRole, UpdateRole
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ORGANIZATIONS
from carteiro.directory.organizations import role_info
from carteiro.errors import OrganizationRelationNotFound
from carteiro.flows.administer.organizations import roles as flow

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    answers={
        "list_organization_roles": list[people.OrganizationRole],
        "create_organization_role": people.OrganizationRole,
        "get_organization_role": people.OrganizationRole,
        "update_organization_role": people.OrganizationRole,
    },
)


@router.get("/organization-roles")
async def list_organization_roles(
    caller: Caller, request: Request, response: Response, page: Paged, q: str | None = None
) -> list[dict[str, Any]]:
    """The roles that people can have in organizations, by name."""
    found = await flow.find_roles(caller.world, caller.tenant_id, q, page)
    tell_total(request, response, page, found.total)
    return [role_info(role.row, role.scopes) for role in found.rows]


@router.post("/organization-roles", status_code=201)
async def create_organization_role(caller: Caller, body: CreateRole) -> dict[str, Any]:
    """Create a role. There are no organization scopes here; any that is named is unknown."""
    if body.organization_scope_ids:
        raise OrganizationRelationNotFound
    role = await flow.create_role(
        caller.world,
        caller.tenant_id,
        name=body.name,
        description=body.description or None,
        type=body.type or "User",
        resource_scope_ids=body.resource_scope_ids or (),
        by=caller.by,
    )
    return role_info(role.row, role.scopes)


@router.get("/organization-roles/{id}")
async def get_organization_role(caller: Caller, id: str) -> dict[str, Any]:
    """One role."""
    role = await flow.get_role(caller.world, caller.tenant_id, id)
    return role_info(role.row, role.scopes)


@router.patch("/organization-roles/{id}")
async def update_organization_role(caller: Caller, id: str, body: UpdateRole) -> dict[str, Any]:
    """Change a role's name or description."""
    role = await flow.update_role(caller.world, caller.tenant_id, id, body.columns(), by=caller.by)
    return role_info(role.row, role.scopes)


@router.delete("/organization-roles/{id}", status_code=204, response_class=Response)
async def delete_organization_role(caller: Caller, id: str) -> None:
    """Delete a role; nobody has it any more."""
    await flow.delete_role(caller.world, caller.tenant_id, id, by=caller.by)
