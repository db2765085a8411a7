"""`/api/delivery` and `/api/connectors/{id}/feedback`: how messages get where they should."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from carteiro.api.answers import mail
from carteiro.api.fields import Ids
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CONNECTORS, MESSAGES, SETTINGS, require_own_secrets
from carteiro.directory.settings.tenant_settings import DeliveryUpdate, RateLimit
from carteiro.flows.administer.mail import fallbacks as flow
from carteiro.flows.administer.mail.fallbacks import Fallback
from carteiro.flows.administer.tenant import settings as settings_flow
from carteiro.flows.operate import feedback as feedback_flow
from carteiro.flows.operate.feedback import OpenFeedback
from carteiro.flows.operate.status import delivery_status
from carteiro.model.masking import mask
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Delivery",
    needs=CONNECTORS,
    but={
        "/delivery": SETTINGS,
        "/delivery/status": MESSAGES,
    },
    answers={
        "get_delivery": mail.Delivery,
        "update_delivery": mail.Delivery,
        "get_delivery_status": mail.DeliveryStatus,
        "list_fallbacks": list[mail.FallbackConnector],
        "create_fallback": mail.FallbackConnector,
        "order_fallbacks": list[mail.FallbackConnector],
        "get_fallback": mail.FallbackConnector,
        "update_fallback": mail.FallbackConnector,
        "list_reserved": list[mail.FallbackConnector],
        "create_reserved": mail.FallbackConnector,
        "get_reserved": mail.FallbackConnector,
        "update_reserved": mail.FallbackConnector,
        "get_feedback": mail.Feedback,
        "put_feedback": mail.Feedback,
    },
    shown={
        "order_fallbacks": Shown(by="list_fallbacks"),
    },
)
JsonObject = dict[str, Any]


class CreateFallback(Wire):
    """A further connector: it comes last in the order, or waits for an override to name it."""

    connector_id: Annotated[str, Field(min_length=1, max_length=128)]
    config: JsonObject
    rate_limit: RateLimit | None = None


class UpdateFallback(Wire):
    """What changes; `config` is replaced as a whole, a masked secret stays."""

    config: JsonObject | None = None
    rate_limit: RateLimit | None = None


class FallbackOrder(Wire):
    """Every further connector once, the first to be tried in front."""

    ids: Ids


@router.get("/delivery")
async def get_delivery(caller: Caller) -> JsonObject:
    """How messages are delivered."""
    return await settings_flow.get_delivery(caller.world, caller.tenant_id)


@router.patch("/delivery")
async def update_delivery(caller: Caller, body: DeliveryUpdate) -> JsonObject:
    """Decide how messages are delivered."""
    changes = body.model_dump(by_alias=True, mode="json", exclude_unset=True)
    return await settings_flow.update_delivery(
        caller.world, caller.tenant_id, changes, by=caller.by
    )


@router.get("/delivery/status")
async def get_delivery_status(caller: Caller) -> JsonObject:
    """What waits, who works, and how the connectors are, as this process sees them."""
    status = await delivery_status(caller.world, caller.tenant_id)
    return {
        "queue": {
            depth.state: {
                "messages": depth.total,
                "oldestSeconds": max(0, status.now - depth.oldest) // 1000,
            }
            for depth in status.depths
        },
        "processes": dict(status.processes),
        "connectors": [
            {
                "id": one.id,
                "connectorId": one.connector_id,
                "circuit": one.circuit,
                "underWay": one.under_way,
                "perSecond": one.rate,
                "problem": one.problem,
            }
            for one in status.connectors
        ],
        "suppressed": status.suppressed,
    }


@router.get("/delivery/fallback-connectors")
async def list_fallbacks(caller: Caller) -> list[JsonObject]:
    """The further connectors in their order, without their secrets."""
    return [_response(one) for one in await flow.list_fallbacks(caller.world, caller.tenant_id)]


@router.post("/delivery/fallback-connectors", status_code=201)
async def create_fallback(caller: Caller, body: CreateFallback) -> JsonObject:
    """Set up a connector that is tried when those before it cannot send."""
    return await _create(caller, body, reserved=False)


@router.put("/delivery/fallback-connectors/order")
async def order_fallbacks(caller: Caller, body: FallbackOrder) -> list[JsonObject]:
    """Put the further connectors into an order."""
    ordered = await flow.order_fallbacks(caller.world, caller.tenant_id, body.ids, by=caller.by)
    return [_response(one) for one in ordered]


@router.get("/delivery/fallback-connectors/{id}")
async def get_fallback(caller: Caller, id: str) -> JsonObject:
    """One further connector, without its secrets."""
    return _response(await flow.get_fallback(caller.world, caller.tenant_id, id))


@router.patch("/delivery/fallback-connectors/{id}")
async def update_fallback(caller: Caller, id: str, body: UpdateFallback) -> JsonObject:
    """Change a further connector."""
    return await _update(caller, id, body)


@router.delete("/delivery/fallback-connectors/{id}", status_code=204, response_class=Response)
async def delete_fallback(caller: Caller, id: str) -> None:
    """Do without a further connector."""
    await flow.delete_fallback(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/delivery/reserved-connectors")
async def list_reserved(
    caller: Caller, request: Request, response: Response, page: Paged
) -> list[JsonObject]:
    """The connectors that only overrides send through, the oldest first, without their secrets."""
    found = await flow.find_reserved(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    return [_response(one) for one in found.rows]


@router.post("/delivery/reserved-connectors", status_code=201)
async def create_reserved(caller: Caller, body: CreateFallback) -> JsonObject:
    """Set up a connector for the overrides that name it; nobody else sends through it."""
    return await _create(caller, body, reserved=True)


@router.get("/delivery/reserved-connectors/{id}")
async def get_reserved(caller: Caller, id: str) -> JsonObject:
    """One of them, without its secrets."""
    return _response(await flow.get_fallback(caller.world, caller.tenant_id, id, reserved=True))


@router.patch("/delivery/reserved-connectors/{id}")
async def update_reserved(caller: Caller, id: str, body: UpdateFallback) -> JsonObject:
    """Change one of them."""
    return await _update(caller, id, body, reserved=True)


@router.delete("/delivery/reserved-connectors/{id}", status_code=204, response_class=Response)
async def delete_reserved(caller: Caller, id: str) -> None:
    """Do without one of them; it is refused while an override names it."""
    await flow.delete_fallback(caller.world, caller.tenant_id, id, reserved=True, by=caller.by)


@router.get("/connectors/{id}/feedback")
async def get_feedback(caller: Caller, id: str) -> JsonObject:
    """How the events of a connector's provider are checked, without secrets."""
    return _feedback(caller, await feedback_flow.get_feedback(caller.world, caller.tenant_id, id))


@router.put("/connectors/{id}/feedback")
async def put_feedback(caller: Caller, id: str, body: dict[str, Any]) -> JsonObject:
    """Take the events of a connector's provider; which members there are depends on it."""
    require_own_secrets(caller, body)
    return _feedback(
        caller,
        await feedback_flow.put_feedback(caller.world, caller.tenant_id, id, body, by=caller.by),
    )


@router.delete("/connectors/{id}/feedback", status_code=204, response_class=Response)
async def delete_feedback(caller: Caller, id: str) -> None:
    """Take no more events of a connector's provider."""
    await feedback_flow.delete_feedback(caller.world, caller.tenant_id, id, by=caller.by)


async def _create(caller: Caller, body: CreateFallback, *, reserved: bool) -> JsonObject:
    return _response(
        await flow.create_fallback(
            caller.world,
            caller.tenant_id,
            body.connector_id,
            body.config,
            limits=_limits(body.rate_limit),
            reserved=reserved,
            by=caller.by,
        )
    )


async def _update(
    caller: Caller, id: str, body: UpdateFallback, *, reserved: bool = False
) -> JsonObject:
    require_own_secrets(caller, body.config)
    return _response(
        await flow.update_fallback(
            caller.world,
            caller.tenant_id,
            id,
            config=body.config,
            limits=None if body.rate_limit is None else _limits(body.rate_limit),
            reserved=reserved,
            by=caller.by,
        )
    )


def _limits(given: RateLimit | None) -> JsonObject:
    return {} if given is None else given.model_dump(by_alias=True, exclude_unset=True)


def _response(one: Fallback) -> JsonObject:
    row = one.row
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "connectorId": row.connector_id,
        "config": mask(dict(one.config)),
        "rateLimit": dict(row.limits),
        "createdAt": row.created_at,
    }


def _feedback(caller: Caller, one: OpenFeedback) -> JsonObject:
    row = one.row
    return {
        "tenantId": row.tenant_id,
        "connectorId": row.connector_id,
        "provider": row.factory_id,
        "settings": mask(dict(one.settings)),
        "url": f"{caller.origin}/api/provider-events/{row.connector_id}",
        "createdAt": row.created_at,
    }
