"""`/api/organizations/:id/jit/roles`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import people
from carteiro.api.answers.answer import Answer
from carteiro.api.management.organizations.schemas import AllRoleIds, SomeRoleIds
from carteiro.api.pagination import MaybePaged, part_of, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ORGANIZATIONS
from carteiro.directory.organizations import role_record
from carteiro.flows.administer.organizations import jit_roles as flow

router = ApiRouter(
    tag="Organizations",
    needs=ORGANIZATIONS,
    answers={
        "list_jit_roles": list[people.MemberRole],
        "add_jit_roles": Answer(is_plain=True),
    },
)


@router.get("/organizations/{id}/jit/roles")
async def list_jit_roles(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str
) -> list[dict[str, Any]]:
    """The roles of people who join by the domain of their address."""
    rows = await flow.list_roles(caller.world, caller.tenant_id, id)
    tell_total(request, response, page, len(rows))
    return [role_record(row) for row in part_of(rows, page)]


@router.post("/organizations/{id}/jit/roles", status_code=201, response_class=Response)
async def add_jit_roles(caller: Caller, id: str, body: SomeRoleIds) -> Response:
    """Give people who join by the domain of their address more roles."""
    await flow.add_roles(
        caller.world, caller.tenant_id, id, body.organization_role_ids, by=caller.by
    )
    return PlainTextResponse("Created", 201)


@router.put("/organizations/{id}/jit/roles", status_code=204, response_class=Response)
async def replace_jit_roles(caller: Caller, id: str, body: AllRoleIds) -> None:
    """Give people who join by the domain of their address exactly these roles."""
    await flow.add_roles(
        caller.world,
        caller.tenant_id,
        id,
        body.organization_role_ids,
        replacing=True,
        by=caller.by,
    )


@router.delete(
    "/organizations/{id}/jit/roles/{organizationRoleId}",
    status_code=204,
    response_class=Response,
)
async def remove_jit_role(caller: Caller, id: str, organizationRoleId: str) -> None:
    """Give people who join by the domain of their address a role no more."""
    await flow.remove_role(caller.world, caller.tenant_id, id, organizationRoleId, by=caller.by)
