"""`/api/provider-events/{connectorId}`: where providers tell of messages.

No token: each provider signs, or sends credentials, as it was set up for its connector.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from carteiro.api.route import AnonymousRoute, Visitor
from carteiro.flows.operate.feedback import receive

router = APIRouter(
    prefix="/api/provider-events", route_class=AnonymousRoute, tags=["Provider events"]
)


@router.post("/{connectorId}", status_code=204, response_class=Response)
async def receive_events(visitor: Visitor, request: Request, connectorId: str) -> None:
    """Take a provider's events in. Answered when they are on record; each counts once."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.body()
    await receive(visitor.world, visitor.tenant_id, connectorId, headers, body)
