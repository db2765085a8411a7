"""Webhooks: who is told of what, and what is still to be delivered."""

from __future__ import annotations

import json

from carteiro.storage.database import Transaction


async def subscribed(tx: Transaction, tenant_id: str, event: str) -> list[str]:
    """The ids of the enabled hooks that want an event; the legacy ``event`` counts without list."""
    wanted = []
    for row in await tx.all("hooks.enabled", tenant_id=tenant_id):
        events = json.loads(row["events"])
        if event in events or (not events and row["event"] == event):
            wanted.append(row["id"])
    return wanted


async def enqueue(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    hook_id: str,
    event: str,
    body: str,
    created_at: int,
) -> None:
    """Have a webhook delivered once this unit has committed; ``body`` is sent as it is."""
    await tx.run(
        "hooks.enqueue",
        tenant_id=tenant_id,
        id=id,
        hook_id=hook_id,
        event=event,
        body=body,
        created_at=created_at,
    )
