"""`/api/roles/:id/users` and `/api/roles/:id/applications`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import people
from carteiro.api.answers.answer import Answer
from carteiro.api.management.roles.schemas import ApplicationIds, UserIds
from carteiro.api.management.searching import read_search
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.directory.applications import application_info
from carteiro.directory.people import user_info
from carteiro.flows.administer.people import role_holders as flow
from carteiro.model.search import ThingField
from carteiro.storage.people.roles import Owner

router = ApiRouter(
    tag="Roles",
    answers={
        "list_role_users": list[people.User],
        "list_role_applications": list[people.Application],
        "give_role_to_users": Answer(is_plain=True),
        "give_role_to_applications": Answer(is_plain=True),
    },
)


@router.get("/roles/{id}/users")
async def list_role_users(
    caller: Caller, request: Request, response: Response, page: Paged, id: str
) -> list[dict[str, Any]]:
    """The people who have a role, newest first. `search` is as in the list of people."""
    await flow.require_role(caller.world, caller.tenant_id, id)
    search = replace(read_search(request.query_params), role_id=id)
    found = await flow.find_users(caller.world, caller.tenant_id, search, page)
    tell_total(request, response, page, found.total, capped=found.capped)
    return [user_info(row) for row in found.rows]


@router.post("/roles/{id}/users", status_code=201, response_class=Response)
async def give_role_to_users(caller: Caller, id: str, body: UserIds) -> Response:
    """Give a role to people, none of whom has it."""
    await flow.give(caller.world, caller.tenant_id, Owner.USER, id, body.user_ids, by=caller.by)
    return PlainTextResponse("Created", 201)


@router.delete("/roles/{id}/users/{userId}", status_code=204, response_class=Response)
async def take_role_from_user(caller: Caller, id: str, userId: str) -> None:
    """Take a role from a person."""
    await flow.take(caller.world, caller.tenant_id, Owner.USER, id, userId, by=caller.by)


@router.get("/roles/{id}/applications")
async def list_role_applications(
    caller: Caller, request: Request, response: Response, page: Paged, id: str
) -> list[dict[str, Any]]:
    """The machines that have a role, newest first. `search` looks at id, name and description."""
    await flow.require_role(caller.world, caller.tenant_id, id)
    search = read_search(request.query_params, ThingField)
    found = await flow.find_applications(caller.world, caller.tenant_id, id, search, page)
    tell_total(request, response, page, found.total)
    return [application_info(row) for row in found.rows]


@router.post("/roles/{id}/applications", status_code=201, response_class=Response)
async def give_role_to_applications(caller: Caller, id: str, body: ApplicationIds) -> Response:
    """Give a role to applications, none of which has it."""
    await flow.give(
        caller.world, caller.tenant_id, Owner.APPLICATION, id, body.application_ids, by=caller.by
    )
    return PlainTextResponse("Created", 201)


@router.delete("/roles/{id}/applications/{applicationId}", status_code=204, response_class=Response)
async def take_role_from_application(caller: Caller, id: str, applicationId: str) -> None:
    """Take a role from an application."""
    await flow.take(
        caller.world, caller.tenant_id, Owner.APPLICATION, id, applicationId, by=caller.by
    )
