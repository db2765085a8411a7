"""`/api/organizations/:id/applications`, and what machines may do there."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import access, people
from carteiro.api.answers.answer import Answer
from carteiro.api.management.organizations.schemas import (
    AllApplicationIds,
    ApplicationRoleAssignment,
    SomeApplicationIds,
    SomeRoleIds,
    machine_response,
)
from carteiro.api.pagination import MaybePaged, Paged, part_of, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ALL, GIVING
from carteiro.directory.organizations import organization_info, role_names, role_record
from carteiro.flows.administer.organizations import applications as flow

router = ApiRouter(
    tag="Organizations",
    needs=GIVING,
    but={"/applications/{id}/organizations": ALL},
    answers={
        "list_organization_applications": list[access.OrganizationApplication],
        "list_organization_application_roles": list[people.MemberRole],
        "list_organizations_of_application": list[people.Organization],
        "add_organization_applications": Answer(is_plain=True),
        "assign_application_roles": Answer(is_plain=True),
        "add_organization_application_roles": Answer(is_plain=True),
    },
)


async def _require_member(caller: Caller, id: str, applicationId: str) -> None:
    await flow.require_member(caller.world, caller.tenant_id, id, applicationId)


_OF_MEMBER = [Depends(_require_member)]
"""Asked before a page or a body is looked at."""


@router.get("/organizations/{id}/applications")
async def list_organization_applications(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    id: str,
    q: str | None = None,
) -> list[dict[str, Any]]:
    """The machines of an organization with their roles; `q` looks at id, name, description."""
    found = await flow.find_applications(caller.world, caller.tenant_id, id, text=q, page=page)
    tell_total(request, response, page, found.total)
    return [machine_response(machine) for machine in found.rows]


@router.post("/organizations/{id}/applications", status_code=201, response_class=Response)
async def add_organization_applications(
    caller: Caller, id: str, body: SomeApplicationIds
) -> Response:
    """Take machine-to-machine applications in; what belongs already stays."""
    await flow.add_applications(
        caller.world, caller.tenant_id, id, body.application_ids, by=caller.by
    )
    return PlainTextResponse("Created", 201)


@router.put("/organizations/{id}/applications", status_code=204, response_class=Response)
async def replace_organization_applications(
    caller: Caller, id: str, body: AllApplicationIds
) -> None:
    """Have exactly these machine-to-machine applications; what stays keeps its roles."""
    await flow.replace_applications(
        caller.world, caller.tenant_id, id, body.application_ids, by=caller.by
    )


@router.post("/organizations/{id}/applications/roles", status_code=201, response_class=Response)
async def assign_application_roles(
    caller: Caller, id: str, body: ApplicationRoleAssignment
) -> Response:
    """Give several machines several roles."""
    await flow.give_roles(
        caller.world,
        caller.tenant_id,
        id,
        body.application_ids,
        body.organization_role_ids,
        by=caller.by,
    )
    return PlainTextResponse("Created", 201)


@router.delete(
    "/organizations/{id}/applications/{applicationId}", status_code=204, response_class=Response
)
async def remove_organization_application(caller: Caller, id: str, applicationId: str) -> None:
    """Let a machine belong no more; its roles go with it."""
    await flow.remove_application(caller.world, caller.tenant_id, id, applicationId, by=caller.by)


@router.get("/organizations/{id}/applications/{applicationId}/roles", dependencies=_OF_MEMBER)
async def list_organization_application_roles(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    id: str,
    applicationId: str,
) -> list[dict[str, Any]]:
    """A machine's roles, by name."""
    rows = await flow.list_roles(caller.world, caller.tenant_id, id, applicationId)
    tell_total(request, response, page, len(rows))
    return [role_record(row) for row in part_of(rows, page)]


@router.post(
    "/organizations/{id}/applications/{applicationId}/roles",
    status_code=201,
    response_class=Response,
    dependencies=_OF_MEMBER,
)
async def add_organization_application_roles(
    caller: Caller, id: str, applicationId: str, body: SomeRoleIds
) -> Response:
    """Give a machine roles too."""
    await flow.add_roles(
        caller.world,
        caller.tenant_id,
        id,
        applicationId,
        body.organization_role_ids,
        by=caller.by,
    )
    return PlainTextResponse("Created", 201)


@router.put(
    "/organizations/{id}/applications/{applicationId}/roles",
    status_code=204,
    response_class=Response,
    dependencies=_OF_MEMBER,
)
async def replace_organization_application_roles(
    caller: Caller, id: str, applicationId: str, body: SomeRoleIds
) -> None:
    """Give a machine exactly these roles, at least one."""
    await flow.add_roles(
        caller.world,
        caller.tenant_id,
        id,
        applicationId,
        body.organization_role_ids,
        replacing=True,
        by=caller.by,
    )


@router.delete(
    "/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}",
    status_code=204,
    response_class=Response,
    dependencies=_OF_MEMBER,
)
async def take_organization_application_role(
    caller: Caller, id: str, applicationId: str, organizationRoleId: str
) -> None:
    """Take a role from a machine."""
    await flow.take_role(
        caller.world, caller.tenant_id, id, applicationId, organizationRoleId, by=caller.by
    )


@router.get("/applications/{id}/organizations")
async def list_organizations_of_application(
    caller: Caller, request: Request, response: Response, page: MaybePaged, id: str
) -> list[dict[str, Any]]:
    """The organizations that a machine belongs to, with its roles there."""
    found = await flow.organizations_of(caller.world, caller.tenant_id, id)
    tell_total(request, response, page, len(found))
    return [
        {**organization_info(row), "organizationRoles": role_names(roles)}
        for row, roles in part_of(found, page)
    ]
