"""Webhooks: who is told of what, and what is still to be delivered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.job import Job, Kind
from carteiro.storage.drivers.rows import part_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRow:
    """A hook; ``events`` is JSON, the sealed members are bound to the row."""

    tenant_id: str
    id: str
    name: str
    event: str | None
    events: str
    config_sealed: bytes = field(repr=False)
    signing_key_sealed: bytes = field(repr=False)
    enabled: bool
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A webhook that is to be delivered: ``body`` as it is, after ``attempts`` that failed."""

    tenant_id: str
    id: str
    hook_id: str
    event: str
    body: str = field(repr=False)
    attempts: int
    created_at: int
    due_at: int
    leased_until: int | None


async def subscribed(tx: Transaction, tenant_id: str, event: str) -> list[str]:
    """The ids of the enabled hooks that want an event; the legacy ``event`` counts without list."""
    return [hook_id for hook_id, _ in await listening(tx, tenant_id, (event,))]


async def listening(
    tx: Transaction, tenant_id: str, events: Sequence[str]
) -> list[tuple[str, str]]:
    """Which hooks are told of which of these events: ``(hook, event)``, the events in order."""
    rows = await tx.all("hooks.enabled", tenant_id=tenant_id)
    return [(row["id"], event) for event in events for row in rows if _wants(row, event)]


def asked_listening(tenant_id: str) -> Question:
    """What ``listening`` asks, to be asked together with what else is needed."""
    return Question("hooks.enabled", {"tenant_id": tenant_id})


async def create(tx: Transaction, row: HookRow) -> None:
    """Add a hook."""
    await tx.run("hooks.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> HookRow | None:  # noqa: A002 - the column's name
    """One hook."""
    row = await tx.one("hooks.get", tenant_id=tenant_id, id=id)
    return value_of(HookRow, row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> HookRow | None:  # noqa: A002 - the column's name
    """One hook, which nobody else changes until this unit ends."""
    row = await tx.one("hooks.lock", tenant_id=tenant_id, id=id)
    return value_of(HookRow, row) if row else None


async def find(tx: Transaction, tenant_id: str, page: Page | None) -> Part[HookRow]:
    """A page of hooks, newest first; without a page all of them."""
    return await part_of(tx, "hooks.list", "hooks.count", page, HookRow, tenant_id=tenant_id)


async def update(tx: Transaction, row: HookRow) -> None:
    """Store a locked row as it is to be."""
    arguments = asdict(row)
    del arguments["created_at"]
    await tx.run("hooks.update", **arguments)


async def disable(tx: Transaction, row: HookRow) -> bool:
    """Switch a hook off; false when it is off, gone, or has another config by now."""
    changed = await tx.run(
        "hooks.disable",
        tenant_id=row.tenant_id,
        id=row.id,
        config_sealed=row.config_sealed,
        enabled=False,
    )
    return changed > 0


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such hook."""
    return await tx.run("hooks.delete", tenant_id=tenant_id, id=id) > 0


async def enqueue(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    hook_id: str,
    event: str,
    body: str,
    created_at: int,
    priority: int,
) -> None:
    """Have a webhook delivered once this unit has committed; ``body`` is sent as it is."""
    call = enqueuing(
        tenant_id=tenant_id, id=id, hook_id=hook_id, event=event, body=body, created_at=created_at
    )
    await tx.run(call.name, **call.arguments)
    await tx.enqueue(Job(kind=Kind.WEBHOOK, tenant_id=tenant_id, id=id, priority=priority))


def enqueuing(
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    hook_id: str,
    event: str,
    body: str,
    created_at: int,
) -> Call:
    """Have a webhook delivered once its job is in the queue, too."""
    return Call(
        "hooks.enqueue",
        {
            "tenant_id": tenant_id,
            "id": id,
            "hook_id": hook_id,
            "event": event,
            "body": body,
            "created_at": created_at,
        },
    )


async def claim(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    now: int,
    until: int,
) -> DeliveryRow | None:
    """Take a delivery that is due; no other process has it before ``until``."""
    row = await tx.one("hooks.lease", tenant_id=tenant_id, id=id, now=now, until=until)
    return value_of(DeliveryRow, row) if row else None


async def claim_due(tx: Transaction, *, now: int, until: int, most: int) -> list[DeliveryRow]:
    """The same for at most ``most`` of those that are due."""
    found = await tx.all("hooks.due", now=now, most=most)
    claimed = [await claim(tx, row["tenant_id"], row["id"], now=now, until=until) for row in found]
    return [row for row in claimed if row is not None]


async def free_at(tx: Transaction, tenant_id: str, id: str) -> int | None:  # noqa: A002 - the column's name
    """When a delivery may be taken, in milliseconds; ``None`` when nothing is left to do."""
    row = await tx.one("hooks.free_at", tenant_id=tenant_id, id=id)
    return row["free_at"] if row else None


def delivered(row: DeliveryRow) -> Call:
    """Take a delivery off the list, however it ended."""
    return Call("hooks.delivered", {"tenant_id": row.tenant_id, "id": row.id})


def later(row: DeliveryRow, *, due_at: int) -> Call:
    """Have one more attempt at ``due_at``."""
    return Call(
        "hooks.later",
        {
            "tenant_id": row.tenant_id,
            "id": row.id,
            "attempts": row.attempts + 1,
            "due_at": due_at,
        },
    )


async def next_due(tx: Transaction) -> int | None:
    """When the next delivery may be taken, in milliseconds; ``None`` when nothing waits."""
    row = await tx.one("hooks.next_due")
    due: int | None = row["due_at"] if row else None
    return due


def _wants(row: Row, event: str) -> bool:
    events = json.loads(row["events"])
    return event in events or (not events and row["event"] == event)
