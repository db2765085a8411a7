"""What runs beside requests in every process that lives long, and its end in good order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog

from carteiro.delivery.watchdog import Watchdog
from carteiro.flows.world import World
from carteiro.runtime.maintenance import keep_tidy
from carteiro.runtime.metrics import serve_metrics
from carteiro.runtime.tracing import export_traces
from carteiro.settings import Settings
from carteiro.storage.drivers.patience import NO_PATIENCE, Patience, patiently

_log = structlog.get_logger("carteiro")
_DRAIN_SECONDS = 10.0
"""How much longer than one hand-over the end waits for what is in hand."""


@asynccontextmanager
async def running(
    world: World, settings: Settings, *, kind: str, works: bool, patience: Patience = NO_PATIENCE
) -> AsyncIterator[None]:
    """Run the background tasks and send webhooks; with ``works`` send messages, too.

    At the end nothing new is taken, and what is in hand is finished within bounds; what is not then
    is found by the other processes, or at the next start.
    """
    world.presence.kind = kind
    await patiently(world.presence.ensure, patience)
    watchdog = Watchdog(
        database=world.database,
        courier=world.courier,
        presence=world.presence,
        queue=world.queue,
        clock=world.clock,
        telemetry=world.telemetry,
    )
    tasks = [
        _start("changes", world.workspaces.follow_changes(world.signing_keys.forget)),
        _start("housekeeping", keep_tidy(world)),
        _start("recovery", world.recovery.run()),
        _start("watchdog", watchdog.run()),
    ]
    queues = [_start("webhooks", world.queue.run_webhooks(world.webhooks.work))]
    if works:
        most, me = settings.worker_concurrency, world.presence.id
        queues.append(_start("queue", world.queue.run(world.courier.work, owner=me, most=most)))
    with export_traces(settings, kind=kind):
        async with serve_metrics(world, settings):
            try:
                yield
            finally:
                world.queue.stop()
                await _drain(queues, settings.send_timeout + _DRAIN_SECONDS)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def _start(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task: asyncio.Task[None] = asyncio.create_task(work, name=name)
    task.add_done_callback(_report)
    return task


async def _drain(queues: Sequence[asyncio.Task[None]], seconds: float) -> None:
    _, late = await asyncio.wait(queues, timeout=seconds)
    if late:
        _log.warning("the end does not wait any longer for what is in hand")
        for queue in late:
            queue.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _report(task: asyncio.Task[None]) -> None:
    """A background task ends when the process does; if it fails before, that is a defect."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a background task stopped", task=task.get_name(), error=type(error).__name__)
