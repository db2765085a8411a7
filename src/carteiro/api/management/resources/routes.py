"""`/api/resources`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import people
from carteiro.api.management.flags import flag
from carteiro.api.management.resources.schemas import (
    CreateResource,
    CreateScope,
    DefaultResource,
    UpdateResource,
    UpdateScope,
)
from carteiro.api.pagination import MaybePaged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.directory.resources import resource_info, scope_info
from carteiro.errors import ScopeNameWithSpace
from carteiro.flows.administer.access import resources as flow

router = ApiRouter(
    tag="Resources",
    answers={
        "list_resources": list[people.Resource],
        "create_resource": people.Resource,
        "get_resource": people.Resource,
        "update_resource": people.Resource,
        "set_default_resource": people.Resource,
        "list_scopes": list[people.Scope],
        "create_scope": people.Scope,
        "update_scope": people.Scope,
    },
    shown={"set_default_resource": Shown(by="get_resource")},
)
_LIFETIME = 3600


@router.get("/resources")
async def list_resources(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    includeScopes: str = "",
) -> list[dict[str, Any]]:
    """The resources that tokens are for."""
    found = await flow.list_resources(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    if not flag(includeScopes):
        return [resource_info(row) for row in found.rows]
    scopes = await flow.scopes_of(caller.world, caller.tenant_id, found.rows)
    return [resource_info(row, scopes[row.id]) for row in found.rows]


@router.post("/resources", status_code=201)
async def create_resource(caller: Caller, body: CreateResource) -> dict[str, Any]:
    """Name a resource that tokens are for."""
    row = await flow.create_resource(
        caller.world,
        caller.tenant_id,
        name=body.name,
        indicator=body.indicator,
        access_token_ttl=body.access_token_ttl or _LIFETIME,
        by=caller.by,
    )
    return resource_info(row, ())


@router.get("/resources/{id}")
async def get_resource(caller: Caller, id: str) -> dict[str, Any]:
    """One resource."""
    return resource_info(await flow.get_resource(caller.world, caller.tenant_id, id))


@router.patch("/resources/{id}")
async def update_resource(caller: Caller, id: str, body: UpdateResource) -> dict[str, Any]:
    """Change a resource's name, or how long its tokens live."""
    row = await flow.update_resource(
        caller.world, caller.tenant_id, id, body.columns(), by=caller.by
    )
    return resource_info(row)


@router.patch("/resources/{id}/is-default")
async def set_default_resource(caller: Caller, id: str, body: DefaultResource) -> dict[str, Any]:
    """Make a resource the one that tokens are for where none is named, or no more."""
    row = await flow.set_default(
        caller.world, caller.tenant_id, id, is_default=body.is_default, by=caller.by
    )
    return resource_info(row)


@router.delete("/resources/{id}", status_code=204, response_class=Response)
async def delete_resource(caller: Caller, id: str) -> None:
    """Delete a resource with its scopes."""
    await flow.delete_resource(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/resources/{resourceId}/scopes")
async def list_scopes(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    resourceId: str,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """A resource's scopes, by name. `search` is a pattern over id, name and description."""
    found = await flow.list_scopes(
        caller.world, caller.tenant_id, resourceId, page, pattern=search or None
    )
    tell_total(request, response, page, found.total)
    return [scope_info(row) for row in found.rows]


@router.post("/resources/{resourceId}/scopes", status_code=201)
async def create_scope(caller: Caller, resourceId: str, body: CreateScope) -> dict[str, Any]:
    """Add a scope to a resource."""
    _require_word(body.name)
    row = await flow.create_scope(
        caller.world,
        caller.tenant_id,
        resourceId,
        name=body.name,
        description=body.description,
        by=caller.by,
    )
    return scope_info(row)


@router.patch("/resources/{resourceId}/scopes/{scopeId}")
async def update_scope(
    caller: Caller, resourceId: str, scopeId: str, body: UpdateScope
) -> dict[str, Any]:
    """Change a scope."""
    _require_word(body.name or "")
    row = await flow.update_scope(
        caller.world, caller.tenant_id, resourceId, scopeId, body.columns(), by=caller.by
    )
    return scope_info(row)


@router.delete("/resources/{resourceId}/scopes/{scopeId}", status_code=204, response_class=Response)
async def delete_scope(caller: Caller, resourceId: str, scopeId: str) -> None:
    """Delete a scope; no role gives it any more."""
    await flow.delete_scope(caller.world, caller.tenant_id, resourceId, scopeId, by=caller.by)


def _require_word(name: str) -> None:
    """A token lists scopes with blanks between them."""
    if any(letter.isspace() for letter in name):
        raise ScopeNameWithSpace
