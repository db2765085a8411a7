"""`/api/roles`, and the roles of people and applications; `holders.py` has who has one."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Request, Response

from carteiro.api.answers import access, people
from carteiro.api.management.applications.schemas import RoleIds
from carteiro.api.management.roles.schemas import (
    CreateRole,
    ScopeIds,
    UpdateRole,
    holders_response,
)
from carteiro.api.management.searching import read_search
from carteiro.api.pagination import MaybePaged, Paged, part_of, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.directory.resources import resource_info, role_info, scope_info
from carteiro.flows.administer.people import assign_roles
from carteiro.flows.administer.people import roles as flow
from carteiro.model.management import ManagementScope as Scope
from carteiro.model.page import Page
from carteiro.model.search import ThingField
from carteiro.storage.people.roles import Owner, RoleFilter

router = ApiRouter(
    tag="Roles",
    but={
        "/users/{userId}/roles": (Scope.PEOPLE_READ, None),
        "/users/{userId}/roles/{roleId}": (Scope.PEOPLE_READ, None),
    },
    answers={
        "list_roles": list[access.HeldRole],
        "create_role": people.Role,
        "get_role": people.Role,
        "update_role": people.Role,
        "list_role_scopes": list[access.ScopeOfResource],
        "add_role_scopes": list[people.Scope],
        "list_application_roles": list[people.Role],
        "give_application_roles": people.GivenRoles,
        "replace_application_roles": people.ReplacedRoles,
        "list_user_roles": list[people.Role],
        "give_user_roles": people.GivenRoles,
        "replace_user_roles": people.ReplacedRoles,
    },
)


@router.get("/roles")
async def list_roles(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    type: Literal["User", "MachineToMachine"] | None = None,
    excludeUserId: str | None = None,
    excludeApplicationId: str | None = None,
) -> list[dict[str, Any]]:
    """Roles with how many have them, newest first. `search` looks at id, name and description.

    It is a pattern such as `%name%`; `search.name` and `mode` are as in the list of people.
    `excludeUserId` and `excludeApplicationId` leave out what the person or application has.
    """
    wanted = RoleFilter(
        search=read_search(request.query_params, ThingField),
        type=type,
        without_user=excludeUserId or None,
        without_application=excludeApplicationId or None,
    )
    found = await flow.find_roles(caller.world, caller.tenant_id, wanted, page)
    tell_total(request, response, page, found.total)
    return [{**role_info(row), **holders_response(held)} for row, held in found.rows]


@router.post("/roles")
async def create_role(caller: Caller, body: CreateRole) -> dict[str, Any]:
    """Define a role that gives scopes."""
    row = await flow.create_role(
        caller.world, caller.tenant_id, body.columns(), body.scope_ids or (), by=caller.by
    )
    return role_info(row)


@router.get("/roles/{id}")
async def get_role(caller: Caller, id: str) -> dict[str, Any]:
    """One role."""
    return role_info(await flow.get_role(caller.world, caller.tenant_id, id))


@router.patch("/roles/{id}")
async def update_role(caller: Caller, id: str, body: UpdateRole) -> dict[str, Any]:
    """Change a role."""
    return role_info(
        await flow.update_role(caller.world, caller.tenant_id, id, body.columns(), by=caller.by)
    )


@router.delete("/roles/{id}", status_code=204, response_class=Response)
async def delete_role(caller: Caller, id: str) -> None:
    """Delete a role; nobody has it any more."""
    await flow.delete_role(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/roles/{id}/scopes")
async def list_role_scopes(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    id: str,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """What a role gives. `search` is a pattern over id, name and description."""
    rows = await flow.list_scopes(caller.world, caller.tenant_id, id, pattern=search or None)
    tell_total(request, response, page, len(rows))
    return [
        {**scope_info(row), "resource": resource_info(resource)}
        for row, resource in part_of(rows, page)
    ]


@router.post("/roles/{id}/scopes", status_code=201)
async def add_role_scopes(caller: Caller, id: str, body: ScopeIds) -> list[dict[str, Any]]:
    """Let a role give more."""
    rows = await flow.add_scopes(caller.world, caller.tenant_id, id, body.scope_ids, by=caller.by)
    return [scope_info(row) for row in rows]


@router.delete("/roles/{id}/scopes/{scopeId}", status_code=204, response_class=Response)
async def remove_role_scope(caller: Caller, id: str, scopeId: str) -> None:
    """Let a role give a scope no more."""
    await flow.remove_scope(caller.world, caller.tenant_id, id, scopeId, by=caller.by)


@router.get("/applications/{applicationId}/roles")
async def list_application_roles(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    applicationId: str,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """The roles of a machine-to-machine application. `search` is as in the list of roles."""
    whose = (Owner.APPLICATION, applicationId)
    return await _listed(caller, request, response, page, *whose, search=search)


@router.post("/applications/{applicationId}/roles", status_code=201)
async def give_application_roles(
    caller: Caller, applicationId: str, body: RoleIds
) -> dict[str, list[str]]:
    """Give a machine-to-machine application roles."""
    return await _given(caller, Owner.APPLICATION, applicationId, body)


@router.put("/applications/{applicationId}/roles")
async def replace_application_roles(
    caller: Caller, applicationId: str, body: RoleIds
) -> dict[str, list[str]]:
    """Let a machine-to-machine application have exactly these roles."""
    return await _replaced(caller, Owner.APPLICATION, applicationId, body)


@router.delete(
    "/applications/{applicationId}/roles/{roleId}", status_code=204, response_class=Response
)
async def take_application_role(caller: Caller, applicationId: str, roleId: str) -> None:
    """Take a role from an application."""
    await assign_roles.take_role(
        caller.world, caller.tenant_id, Owner.APPLICATION, applicationId, roleId, by=caller.by
    )


@router.get("/users/{userId}/roles")
async def list_user_roles(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    userId: str,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """The roles of a person. `search` is as in the list of roles."""
    return await _listed(caller, request, response, page, Owner.USER, userId, search=search)


@router.post("/users/{userId}/roles", status_code=201)
async def give_user_roles(caller: Caller, userId: str, body: RoleIds) -> dict[str, list[str]]:
    """Give a person roles."""
    return await _given(caller, Owner.USER, userId, body)


@router.put("/users/{userId}/roles")
async def replace_user_roles(caller: Caller, userId: str, body: RoleIds) -> dict[str, list[str]]:
    """Let a person have exactly these roles."""
    return await _replaced(caller, Owner.USER, userId, body)


@router.delete("/users/{userId}/roles/{roleId}", status_code=204, response_class=Response)
async def take_user_role(caller: Caller, userId: str, roleId: str) -> None:
    """Take a role from a person."""
    await assign_roles.take_role(
        caller.world, caller.tenant_id, Owner.USER, userId, roleId, by=caller.by
    )


async def _listed(
    caller: Caller,
    request: Request,
    response: Response,
    page: Page | None,
    *whose: Any,
    search: str | None,
) -> list[dict[str, Any]]:
    pattern = search or None
    rows = await assign_roles.list_roles(caller.world, caller.tenant_id, *whose, pattern=pattern)
    tell_total(request, response, page, len(rows))
    return [role_info(row) for row in part_of(rows, page)]


async def _given(
    caller: Caller, owner: Owner, owner_id: str, body: RoleIds
) -> dict[str, list[str]]:
    added = await assign_roles.give_roles(
        caller.world, caller.tenant_id, owner, owner_id, body.role_ids, by=caller.by
    )
    return {"roleIds": body.role_ids, "addedRoleIds": added}


async def _replaced(
    caller: Caller, owner: Owner, owner_id: str, body: RoleIds
) -> dict[str, list[str]]:
    await assign_roles.give_roles(
        caller.world,
        caller.tenant_id,
        owner,
        owner_id,
        body.role_ids,
        replacing=True,
        by=caller.by,
    )
    return {"roleIds": body.role_ids}
