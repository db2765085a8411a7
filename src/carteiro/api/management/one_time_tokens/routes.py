"""`/api/one-time-tokens`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import mail
from carteiro.api.fields import Email
from carteiro.api.management.one_time_tokens.schemas import (
    CreateToken,
    Status,
    TokenStatusChange,
    VerifyToken,
    token_response,
)
from carteiro.api.management.users.schemas import given
from carteiro.api.pagination import MaybePaged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import LINKS
from carteiro.flows.backend import one_time_link as flow
from carteiro.flows.backend.one_time_link import NewToken

router = ApiRouter(
    tag="One-time tokens",
    needs=LINKS,
    answers={
        "list_tokens": list[mail.OneTimeToken],
        "create_token": mail.OneTimeToken,
        "verify_token": mail.OneTimeToken,
        "get_token": mail.OneTimeToken,
        "set_token_status": mail.OneTimeToken,
    },
    shown={
        "set_token_status": Shown(by="get_token"),
    },
)
_LIFETIME = 600


@router.get("/one-time-tokens")
async def list_tokens(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    email: Email | None = None,
    status: Status | None = None,
) -> list[dict[str, Any]]:
    """Tokens, newest first, without their values; `status` is the stored one."""
    found = await flow.find_tokens(
        caller.world, caller.tenant_id, email=email, status=status, page=page
    )
    tell_total(request, response, page, found.total)
    return [token_response(row, caller.world.clock.now()) for row in found.rows]


@router.post("/one-time-tokens", status_code=201)
async def create_token(caller: Caller, body: CreateToken) -> dict[str, Any]:
    """Make a token for a magic link. With a `message` the link is mailed, or there is no token."""
    new = NewToken(
        email=body.email,
        context=given(body.context) if body.context else {},
        lifetime=body.expires_in or _LIFETIME,
        link=body.message.link if body.message else None,
        locale=body.message.locale if body.message else None,
        organization_id=body.message.organization_id if body.message else None,
        application_id=body.message.application_id if body.message else None,
    )
    made = await flow.create_token(caller.world, caller.tenant_id, new, by=caller.by)
    return token_response(made.row, caller.world.clock.now(), made.value)


@router.post("/one-time-tokens/verify")
async def verify_token(caller: Caller, body: VerifyToken) -> dict[str, Any]:
    """Use a token. It works once."""
    used = await flow.verify_token(
        caller.world, caller.tenant_id, body.token, body.email, by=caller.by
    )
    return token_response(used.row, caller.world.clock.now(), used.value)


@router.get("/one-time-tokens/{id}")
async def get_token(caller: Caller, id: str) -> dict[str, Any]:
    """One token, without its value."""
    row = await flow.get_token(caller.world, caller.tenant_id, id)
    return token_response(row, caller.world.clock.now())


@router.put("/one-time-tokens/{id}/status")
async def set_token_status(caller: Caller, id: str, body: TokenStatusChange) -> dict[str, Any]:
    """Give a token another status; one that ended does not become active again."""
    row = await flow.set_token_status(caller.world, caller.tenant_id, id, body.status, by=caller.by)
    return token_response(row, caller.world.clock.now())


@router.delete("/one-time-tokens/{id}", status_code=204, response_class=Response)
async def delete_token(caller: Caller, id: str) -> None:
    """Delete a token."""
    await flow.delete_token(caller.world, caller.tenant_id, id, by=caller.by)
