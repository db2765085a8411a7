"""`/api/organizations/:id/users` and what members may do."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import access, people
from carteiro.api.answers.answer import Answer
from carteiro.api.management.organizations.schemas import (
    AllUserIds,
    RoleAssignment,
    RoleIds,
    UserIds,
    member_response,
)
from carteiro.api.pagination import MaybePaged, Paged, part_of, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ORGANIZATIONS
from carteiro.directory.organizations import organization_scope_info, role_record
from carteiro.flows.administer.organizations import members as flow

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    answers={
        "list_members": list[people.OrganizationMember],
        "add_members": people.AddedMembers,
        "assign_roles": Answer(is_plain=True),
        "list_member_roles": list[people.MemberRole],
        "list_member_scopes": list[access.OrganizationScope],
        "add_member_roles": people.GivenMemberRoles,
    },
)


async def _require_member(caller: Caller, id: str, userId: str) -> None:
    await flow.require_member(caller.world, caller.tenant_id, id, userId)


_OF_MEMBER = [Depends(_require_member)]
"""Asked before a page or a body is looked at."""


@router.get("/organizations/{id}/users")
async def list_members(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    id: str,
    q: str | None = None,
    organizationRoleId: str | None = None,
) -> list[dict[str, Any]]:
    """The members with their roles, the latest first; `q` looks at id, addresses and names."""
    found = await flow.find_members(
        caller.world, caller.tenant_id, id, text=q, role_id=organizationRoleId, page=page
    )
    tell_total(request, response, page, found.total)
    return [member_response(member) for member in found.rows]


@router.post("/organizations/{id}/users", status_code=201)
async def add_members(caller: Caller, id: str, body: UserIds) -> dict[str, list[str]]:
    """Make people members; who is one already stays."""
    await flow.add_members(caller.world, caller.tenant_id, id, body.user_ids, by=caller.by)
    return {"userIds": body.user_ids}


@router.put("/organizations/{id}/users", status_code=204, response_class=Response)
async def replace_members(caller: Caller, id: str, body: AllUserIds) -> None:
    """Have exactly these members."""
    await flow.replace_members(caller.world, caller.tenant_id, id, body.user_ids, by=caller.by)


@router.post("/organizations/{id}/users/roles", status_code=201, response_class=Response)
async def assign_roles(caller: Caller, id: str, body: RoleAssignment) -> Response:
    """Give several members several roles."""
    await flow.give_roles(
        caller.world,
        caller.tenant_id,
        id,
        body.user_ids,
        body.organization_role_ids,
        by=caller.by,
    )
    return PlainTextResponse("Created", 201)


@router.delete("/organizations/{id}/users/{userId}", status_code=204, response_class=Response)
async def remove_member(caller: Caller, id: str, userId: str) -> None:
    """End a membership."""
    await flow.remove_member(caller.world, caller.tenant_id, id, userId, by=caller.by)


@router.get("/organizations/{id}/users/{userId}/scopes")
async def list_member_scopes(caller: Caller, id: str, userId: str) -> list[dict[str, Any]]:
    """What a member's roles give in the organization; nothing to somebody who is no member."""
    rows = await flow.list_scopes(caller.world, caller.tenant_id, id, userId)
    return [organization_scope_info(row) for row in rows]


@router.get("/organizations/{id}/users/{userId}/roles", dependencies=_OF_MEMBER)
async def list_member_roles(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str, userId: str
) -> list[dict[str, Any]]:
    """A member's roles, by name."""
    rows = await flow.list_roles(caller.world, caller.tenant_id, id, userId)
    tell_total(request, response, page, len(rows))
    return [role_record(row) for row in part_of(rows, page)]


@router.post("/organizations/{id}/users/{userId}/roles", status_code=201, dependencies=_OF_MEMBER)
async def add_member_roles(
    caller: Caller, id: str, userId: str, body: RoleIds
) -> dict[str, list[str]]:
    """Give a member roles too, by id or by name; answers with the ids of those that were named."""
    ids = await flow.replace_roles(
        caller.world,
        caller.tenant_id,
        id,
        userId,
        body.organization_role_ids or (),
        body.organization_role_names or (),
        keep=True,
        by=caller.by,
    )
    return {"organizationRoleIds": ids}


@router.put(
    "/organizations/{id}/users/{userId}/roles",
    status_code=204,
    response_class=Response,
    dependencies=_OF_MEMBER,
)
async def replace_member_roles(caller: Caller, id: str, userId: str, body: RoleIds) -> None:
    """Give a member exactly these roles, by id or by name."""
    await flow.replace_roles(
        caller.world,
        caller.tenant_id,
        id,
        userId,
        body.organization_role_ids or (),
        body.organization_role_names or (),
        by=caller.by,
    )


@router.delete(
    "/organizations/{id}/users/{userId}/roles/{organizationRoleId}",
    status_code=204,
    response_class=Response,
    dependencies=_OF_MEMBER,
)
async def take_member_role(caller: Caller, id: str, userId: str, organizationRoleId: str) -> None:
    """Take a role from a member."""
    await flow.take_role(
        caller.world, caller.tenant_id, id, userId, organizationRoleId, by=caller.by
    )
