"""PGQueuer's tables, as we set them up and write to them.

A job holds only the name of its row: the engine's tables and its log never have anything to hide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain import models
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver, NotifyCallback

from carteiro.storage.drivers.job import Job, Kind

MESSAGES = Channel("ch_pgqueuer")
"""Where the engine's trigger tells of new jobs."""
WEBHOOKS = Channel("ch_carteiro_webhooks")
"""Where processes hear of webhooks: who only sends those is not to wake for every message."""
_SETTINGS = DBSettings(
    prefix="",
    db_schema=None,
    channel=MESSAGES,
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    # The engine's own log tells operators what happened; losing it in a crash loses no mail.
    durability=Durability.balanced,
)
"""Said in full: the engine would take what is missing from the environment."""


def install_script() -> str:
    """The engine's tables, as its installer makes them."""
    environment = QueryBuilderEnvironment(_SETTINGS)
    return (
        environment.build_install_query(create_schema=False)
        + environment.build_optimize_autovacuum_query()
    )


def uninstall_script() -> str:
    """What takes them away."""
    return QueryBuilderEnvironment(_SETTINGS).build_uninstall_query()


async def enqueue(connection: Any, jobs: Sequence[Job]) -> None:
    """Put jobs into the queue, in the transaction of ``connection``; a row has one at most."""
    await queries(AsyncpgDriver(connection)).enqueue(
        [job.kind for job in jobs],
        [job.key.encode() for job in jobs],
        [job.priority for job in jobs],
        [timedelta(0)] * len(jobs),
        [job.key for job in jobs],
        on_conflict="skip",
    )
    if any(job.kind is Kind.WEBHOOK for job in jobs):
        notice = told(WEBHOOKS)
        await connection.execute("SELECT pg_notify($1, $2)", notice["channel"], notice["payload"])


class EngineDriver(AsyncpgPoolDriver):
    """The engine's driver; it probes its listener only once there is one to answer."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self._listening = asyncio.Event()

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await super().add_listener(channel, callback)
        self._listening.set()

    async def notify(self, channel: str, payload: str) -> None:
        await self._listening.wait()
        await super().notify(channel, payload)


def told(channel: Channel) -> dict[str, str]:
    """What the engine's trigger says, and where, when the table changes."""
    event = models.TableChangedEvent(
        channel=channel,
        sent_at=datetime.now(UTC),
        type="table_changed_event",
        operation="update",
        table=_SETTINGS.queue_table,
    )
    return {"channel": channel, "payload": event.model_dump_json()}


def queries(driver: Driver, channel: Channel = MESSAGES) -> Queries:
    """The engine's statements on a driver; its listeners hear of ``channel``."""
    return Queries(driver, *_builders(channel))


@cache
def _builders(channel: Channel) -> tuple[QueryBuilderEnvironment, QueryQueueBuilder]:
    settings = _SETTINGS.model_copy(update={"channel": channel})
    return QueryBuilderEnvironment(settings), QueryQueueBuilder(settings)
