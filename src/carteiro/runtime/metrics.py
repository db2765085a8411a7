"""Serving Prometheus metrics on a port of their own, and looking at the queue for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import start_http_server

from carteiro.errors import CarteiroError
from carteiro.flows.world import World
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import messages, suppressions

_log = structlog.get_logger("carteiro.runtime.metrics")
_LOOK_SECONDS = 5.0


@asynccontextmanager
async def serve_metrics(world: World, settings: Settings) -> AsyncIterator[None]:
    """Answer ``GET /metrics`` on ``metrics_port``, where one is set."""
    if settings.metrics_port is None:
        yield
        return
    server, thread = start_http_server(
        settings.metrics_port, addr=settings.host, registry=world.telemetry.registry
    )
    _log.info("serving metrics", port=server.server_port)
    task = asyncio.create_task(_look(world))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


async def _look(world: World) -> None:
    while True:
        try:
            await measure(world)
        except CarteiroError as error:
            _log.warning("metrics wait for the database", code=error.code)
        await asyncio.sleep(_LOOK_SECONDS)


async def measure(world: World) -> None:
    """Bring the gauges of what all processes share up to date."""
    now = world.clock.now()

    async def work(tx: Transaction) -> tuple[messages.Backlog, int]:
        return await messages.backlog(tx), await suppressions.total(tx)

    backlog, suppressed = await world.database.read(work)
    telemetry = world.telemetry
    telemetry.queue.labels("queued").set(backlog.queued)
    telemetry.queue.labels("sending").set(backlog.sending)
    waits = 0 if backlog.oldest_due is None else max(0, now - backlog.oldest_due)
    telemetry.queue_age.set(waits / 1000)
    telemetry.suppressions.set(suppressed)
    telemetry.processes.clear()
    for process in world.presence.others:
        telemetry.processes.labels(process.kind).inc()
