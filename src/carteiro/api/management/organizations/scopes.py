"""`/api/organization-scopes`, and what roles give."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import access, people
from carteiro.api.answers.answer import Answer
from carteiro.api.management.organizations.schemas import (
    CreateScope,
    ResourceScopeIds,
    ScopeIds,
    SomeResourceScopeIds,
    SomeScopeIds,
    UpdateScope,
)
from carteiro.api.pagination import MaybePaged, part_of, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import GIVING, ORGANIZATIONS
from carteiro.directory.organizations import organization_scope_info
from carteiro.directory.resources import scope_info
from carteiro.flows.administer.organizations import role_scopes as given
from carteiro.flows.administer.organizations import scopes as flow
from carteiro.flows.administer.organizations.role_scopes import Given

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    but={
        "/organization-roles/{id}/resource-scopes": GIVING,
        "/organization-roles/{id}/resource-scopes/{scopeId}": GIVING,
    },
    answers={
        "list_organization_scopes": list[access.OrganizationScope],
        "create_organization_scope": access.OrganizationScope,
        "get_organization_scope": access.OrganizationScope,
        "update_organization_scope": access.OrganizationScope,
        "list_organization_role_scopes": list[access.OrganizationScope],
        "list_organization_role_resource_scopes": list[people.Scope],
        "add_organization_role_scopes": Answer(is_plain=True),
        "add_organization_role_resource_scopes": Answer(is_plain=True),
    },
)


@router.get("/organization-scopes")
async def list_organization_scopes(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    q: str | None = None,
) -> list[dict[str, Any]]:
    """What roles can give inside organizations, by name; `q` looks at the name."""
    found = await flow.find_scopes(caller.world, caller.tenant_id, q, page)
    tell_total(request, response, page, found.total)
    return [organization_scope_info(row) for row in found.rows]


@router.post("/organization-scopes", status_code=201)
async def create_organization_scope(caller: Caller, body: CreateScope) -> dict[str, Any]:
    """Name a scope."""
    row = await flow.create_scope(
        caller.world,
        caller.tenant_id,
        name=body.name,
        description=body.description or None,
        by=caller.by,
    )
    return organization_scope_info(row)


@router.get("/organization-scopes/{id}")
async def get_organization_scope(caller: Caller, id: str) -> dict[str, Any]:
    """One scope."""
    return organization_scope_info(await flow.get_scope(caller.world, caller.tenant_id, id))


@router.patch("/organization-scopes/{id}")
async def update_organization_scope(caller: Caller, id: str, body: UpdateScope) -> dict[str, Any]:
    """Change a scope's name or description."""
    row = await flow.update_scope(caller.world, caller.tenant_id, id, body.columns(), by=caller.by)
    return organization_scope_info(row)


@router.delete("/organization-scopes/{id}", status_code=204, response_class=Response)
async def delete_organization_scope(caller: Caller, id: str) -> None:
    """Delete a scope; no role gives it any more."""
    await flow.delete_scope(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/organization-roles/{id}/scopes")
async def list_organization_role_scopes(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str
) -> list[dict[str, Any]]:
    """What a role gives inside organizations."""
    rows = await given.list_scopes(caller.world, caller.tenant_id, id)
    tell_total(request, response, page, len(rows))
    return [organization_scope_info(row) for row in part_of(rows, page)]


@router.post("/organization-roles/{id}/scopes", status_code=201, response_class=Response)
async def add_organization_role_scopes(caller: Caller, id: str, body: SomeScopeIds) -> Response:
    """Let a role give more inside organizations."""
    ids = body.organization_scope_ids
    kind = Given.IN_ORGANIZATION
    await given.add(caller.world, caller.tenant_id, kind, id, ids, by=caller.by)
    return PlainTextResponse("Created", 201)


@router.put("/organization-roles/{id}/scopes", status_code=204, response_class=Response)
async def set_organization_role_scopes(caller: Caller, id: str, body: ScopeIds) -> None:
    """Let a role give exactly this inside organizations."""
    ids = body.organization_scope_ids
    kind = Given.IN_ORGANIZATION
    await given.replace(caller.world, caller.tenant_id, kind, id, ids, by=caller.by)


@router.delete(
    "/organization-roles/{id}/scopes/{organizationScopeId}",
    status_code=204,
    response_class=Response,
)
async def remove_organization_role_scope(caller: Caller, id: str, organizationScopeId: str) -> None:
    """Let a role give a scope inside organizations no more."""
    kind = Given.IN_ORGANIZATION
    await given.remove(caller.world, caller.tenant_id, kind, id, organizationScopeId, by=caller.by)


@router.get("/organization-roles/{id}/resource-scopes")
async def list_organization_role_resource_scopes(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str
) -> list[dict[str, Any]]:
    """What a role gives on resources."""
    rows = await given.list_resource_scopes(caller.world, caller.tenant_id, id)
    tell_total(request, response, page, len(rows))
    return [scope_info(row) for row in part_of(rows, page)]


@router.post("/organization-roles/{id}/resource-scopes", status_code=201, response_class=Response)
async def add_organization_role_resource_scopes(
    caller: Caller, id: str, body: SomeResourceScopeIds
) -> Response:
    """Let a role give more on resources."""
    kind = Given.ON_RESOURCES
    await given.add(caller.world, caller.tenant_id, kind, id, body.scope_ids, by=caller.by)
    return PlainTextResponse("Created", 201)


@router.put("/organization-roles/{id}/resource-scopes", status_code=204, response_class=Response)
async def set_organization_role_resource_scopes(
    caller: Caller, id: str, body: ResourceScopeIds
) -> None:
    """Let a role give exactly this on resources."""
    kind = Given.ON_RESOURCES
    await given.replace(caller.world, caller.tenant_id, kind, id, body.scope_ids, by=caller.by)


@router.delete(
    "/organization-roles/{id}/resource-scopes/{scopeId}",
    status_code=204,
    response_class=Response,
)
async def remove_organization_role_resource_scope(caller: Caller, id: str, scopeId: str) -> None:
    """Let a role give a scope of a resource no more."""
    kind = Given.ON_RESOURCES
    await given.remove(caller.world, caller.tenant_id, kind, id, scopeId, by=caller.by)
