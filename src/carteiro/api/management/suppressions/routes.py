"""`/api/suppressions`: addresses that get no more mail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from carteiro.api.answers import mail
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import MESSAGES
from carteiro.flows.administer.mail import suppressions as flow
from carteiro.flows.administer.mail.suppressions import Suppressed
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Suppressions",
    needs=MESSAGES,
    answers={
        "list_suppressions": list[mail.Suppression],
        "get_suppression": mail.Suppression,
        "create_suppression": mail.Suppression,
    },
)
Recipient = Annotated[str, Query(description="An address or a phone number.", max_length=320)]


class CreateSuppression(Wire):
    """An address that is to get no more mail."""

    recipient: Annotated[str, Field(max_length=320)]
    note: Annotated[str, Field(max_length=256)] | None = None
    expires_at: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="Milliseconds since the epoch; without it the entry stays."
    )


@router.get("/suppressions")
async def list_suppressions(
    caller: Caller, request: Request, response: Response, page: Paged
) -> list[dict[str, Any]]:
    """The list, newest first."""
    found = await flow.find_suppressions(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    return [_response(entry) for entry in found.rows]


@router.get("/suppressions/by-recipient")
async def get_suppression(caller: Caller, recipient: Recipient) -> dict[str, Any]:
    """The entry of one address."""
    return _response(await flow.get_suppression(caller.world, caller.tenant_id, recipient))


@router.post("/suppressions", status_code=201)
async def create_suppression(caller: Caller, body: CreateSuppression) -> dict[str, Any]:
    """Send an address no more mail."""
    return _response(
        await flow.suppress(
            caller.world,
            caller.tenant_id,
            body.recipient,
            note=body.note,
            expires_at=body.expires_at,
            by=caller.by,
        )
    )


@router.delete("/suppressions/by-recipient", status_code=204, response_class=Response)
async def delete_suppression(caller: Caller, recipient: Recipient) -> None:
    """Let an address get mail again."""
    await flow.allow(caller.world, caller.tenant_id, recipient, by=caller.by)


def _response(entry: Suppressed) -> dict[str, Any]:
    row = entry.row
    return {
        "tenantId": row.tenant_id,
        "recipient": entry.address,
        "reason": row.reason,
        "connectorId": row.connector_id,
        "note": row.note,
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
    }
