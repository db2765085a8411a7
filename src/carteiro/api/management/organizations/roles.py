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
from carteiro.directory.organizations import role_info, role_record
from carteiro.errors import Forbidden
from carteiro.flows.administer.organizations import roles as flow

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    answers={
        "list_organization_roles": list[people.OrganizationRole],
        "create_organization_role": people.MemberRole,
        "get_organization_role": people.MemberRole,
        "update_organization_role": people.MemberRole,
    },
)


@router.get("/organization-roles")
async def list_organization_roles(
    caller: Caller, request: Request, response: Response, page: Paged, q: str | None = None
) -> list[dict[str, Any]]:
    """The roles that people and machines can have in organizations, by name.

    `q` looks at id, name and description.
    """
    found = await flow.find_roles(caller.world, caller.tenant_id, q, page)
    tell_total(request, response, page, found.total)
    return [role_info(role.row, role.scopes, role.resource_scopes) for role in found.rows]


@router.post("/organization-roles", status_code=201)
async def create_organization_role(caller: Caller, body: CreateRole) -> dict[str, Any]:
    """Create a role with what it gives; scopes of resources take a token with the scope `all`."""
    if body.resource_scope_ids and not caller.sees_secrets:
        raise Forbidden("What a role gives on resources is decided with the scope `all`.")
    row = await flow.create_role(
        caller.world,
        caller.tenant_id,
        name=body.name,
        description=body.description or None,
        type=body.type or "User",
        scope_ids=body.organization_scope_ids or (),
        resource_scope_ids=body.resource_scope_ids or (),
        by=caller.by,
    )
    return role_record(row)


@router.get("/organization-roles/{id}")
async def get_organization_role(caller: Caller, id: str) -> dict[str, Any]:
    """One role; what it gives has addresses of its own."""
    return role_record(await flow.get_role(caller.world, caller.tenant_id, id))


@router.patch("/organization-roles/{id}")
async def update_organization_role(caller: Caller, id: str, body: UpdateRole) -> dict[str, Any]:
    """Change a role's name, description or type; whoever has it keeps it."""
    row = await flow.update_role(caller.world, caller.tenant_id, id, body.columns(), by=caller.by)
    return role_record(row)


@router.delete("/organization-roles/{id}", status_code=204, response_class=Response)
async def delete_organization_role(caller: Caller, id: str) -> None:
    """Delete a role; nobody has it any more."""
    await flow.delete_role(caller.world, caller.tenant_id, id, by=caller.by)
