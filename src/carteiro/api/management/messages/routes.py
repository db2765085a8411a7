"""`/api/messages`: why did this mail not arrive?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from carteiro.api.answers import mail
from carteiro.api.management.logs.schemas import Moment, time_window
from carteiro.api.management.messages.schemas import message_response, timeline_response
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import MESSAGES
from carteiro.delivery.states import MessageState
from carteiro.flows.operate import messages as flow
from carteiro.flows.operate.messages import Wanted
from carteiro.model.kinds import TemplateType

router = ApiRouter(
    tag="Messages",
    needs=MESSAGES,
    answers={
        "list_messages": list[mail.Message],
        "get_message": mail.MessageTimeline,
    },
)
Kind = Annotated[TemplateType | None, Query(alias="type", description="What it is about.")]


@router.get("/messages")
async def list_messages(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    recipient: str | None = None,
    kind: Kind = None,
    state: MessageState | None = None,
    start_time: Moment = None,
    end_time: Moment = None,
) -> list[dict[str, Any]]:
    """Messages, newest first: of one recipient, of a type, in a state, of a time."""
    start, end = time_window(start_time, end_time)
    wanted = Wanted(recipient=recipient, type=kind, state=state, start=start, end=end)
    found = await flow.find_messages(caller.world, caller.tenant_id, wanted, page)
    tell_total(request, response, page, found.total, capped=found.capped)
    return [message_response(row) for row in found.rows]


@router.delete("/messages/by-recipient", status_code=204, response_class=Response)
async def erase_recipient(caller: Caller, recipient: Annotated[str, Query(max_length=320)]) -> None:
    """Forget a recipient: what was sent, how it went, and what providers told of it."""
    await flow.erase_recipient(caller.world, caller.tenant_id, recipient, by=caller.by)


@router.get("/messages/{id}")
async def get_message(caller: Caller, id: str) -> dict[str, Any]:
    """One message with its timeline: decisions, attempts, and what the provider told."""
    return timeline_response(await flow.get_timeline(caller.world, caller.tenant_id, id))


@router.post("/messages/{id}/retry", status_code=204, response_class=Response)
async def retry_message(caller: Caller, id: str) -> None:
    """Have a waiting message tried at once."""
    await flow.hasten_message(caller.world, caller.tenant_id, id, by=caller.by)


@router.post("/messages/{id}/cancel", status_code=204, response_class=Response)
async def cancel_message(caller: Caller, id: str) -> None:
    """Do not send a waiting message."""
    await flow.cancel_message(caller.world, caller.tenant_id, id, by=caller.by)
