"""Queueing webhooks for an event, in the unit of work that the event belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carteiro import secrets
from carteiro.model import turns
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import applications, hooks
from carteiro.webhooks.events import EVENTS
from carteiro.webhooks.payload import data_body


async def application_shown(
    tx: Transaction, tenant_id: str, application_id: str | None
) -> dict[str, Any] | None:
    """An application as webhooks show it; one that is part of the service is not shown."""
    row = await applications.get(tx, tenant_id, application_id or "")
    if row is None:
        return None
    return {"id": row.id, "type": row.type, "name": row.name, "description": row.description}


async def tell(
    tx: Transaction,
    tenant_id: str,
    by: Actor,
    event: str,
    *,
    at: int,
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    members: Mapping[str, Any] | None = None,
) -> None:
    """Queue ``event`` for every hook that wants it; a name that no hook can ask for is nobody's."""
    if event not in EVENTS:
        return
    for hook_id in await hooks.subscribed(tx, tenant_id, event):
        body = data_body(
            hook_id=hook_id, event=event, by=by, at=at, data=data, members=members or {}
        )
        await hooks.enqueue(
            tx,
            tenant_id=tenant_id,
            id=secrets.standard_id(),
            hook_id=hook_id,
            event=event,
            body=body,
            created_at=at,
            priority=turns.of_webhook(at),
        )
