"""An operator asks whether messages get out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.delivery.gates.gate import Circuit
from carteiro.delivery.watchdog import undriven
from carteiro.errors import CarteiroError
from carteiro.flows.world import World
from carteiro.model.page import Page
from carteiro.storage.drivers import health
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import messages, suppressions
from carteiro.storage.mail.messages import Depth

_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a balancer wants to know."""

    database: bool
    undriven: int | None = None
    """For how many milliseconds nobody has touched messages that are due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorHealth:
    """A connector as this process sees it."""

    id: str
    connector_id: str
    circuit: Circuit
    under_way: int
    rate: float | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """What waits, who works, and how the connectors are."""

    depths: Sequence[Depth]
    processes: Counter[str]
    connectors: Sequence[ConnectorHealth]
    suppressed: int
    undriven: int | None
    """For how many milliseconds nobody has touched messages that are due, of whatever tenant."""
    now: int


async def readiness(world: World) -> Readiness:
    """Ask the database, within bounds."""

    async def work(tx: Transaction) -> int | None:
        await health.revision(tx)
        return await messages.next_due(tx)

    try:
        async with asyncio.timeout(_PATIENCE):
            due = await world.database.read(work)
    except (CarteiroError, TimeoutError):
        return Readiness(database=False)
    if not world.presence.lasts():
        return Readiness(database=True)
    silent = undriven(due, world.presence.others, world.clock.now())
    return Readiness(database=True, undriven=silent)


async def delivery_status(world: World, tenant_id: str) -> DeliveryStatus:
    """How a tenant's messages are getting on."""

    async def work(tx: Transaction) -> tuple[list[Depth], int, int | None]:
        depths = await messages.depth(tx)
        listed = await suppressions.find(tx, tenant_id, Page(1, 1))
        own = [depth for depth in depths if depth.tenant_id == tenant_id]
        return own, listed.total, await messages.next_due(tx)

    depths, suppressed, due = await world.database.read(work)
    await world.presence.look()
    workspace = await world.workspaces.of(tenant_id)
    now = world.clock.now()
    connectors = [
        ConnectorHealth(
            id=entry.row.id,
            connector_id=entry.row.connector_id,
            circuit=entry.gate.breaker.state(now),
            under_way=entry.gate.pacer.under_way,
            rate=entry.gate.pacer.rate(now),
            problem=entry.problem.code if entry.problem else None,
        )
        for entry in [*workspace.route(), *workspace.route(sms=True)]
    ]
    return DeliveryStatus(
        depths=depths,
        processes=Counter(process.kind for process in world.presence.others),
        connectors=connectors,
        suppressed=suppressed,
        undriven=undriven(due, world.presence.others, now),
        now=now,
    )
