"""The queue on PostgreSQL: PGQueuer's tables, its enqueueing and its workers.

A job commits with its message, on the same connection; it holds only the message's name, so the
engine's log never has anything to hide. Workers are woken by NOTIFY. A job whose worker died is
picked again by the engine; whether its message may be sent again is decided by the message's row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver, NotifyCallback

from carteiro.clock import Clock, rest
from carteiro.errors import CarteiroError
from carteiro.storage.database import Database, Transaction
from carteiro.storage.job import Job
from carteiro.storage.messages import MessageRow, claimed_of
from carteiro.storage.queue import Handler
from carteiro.storage.statements import Statement

_ENTRYPOINT = "message"
_BATCH = 32
_HEARTBEAT = timedelta(seconds=10)
"""A job whose worker was silent for as long is picked by another one."""
_LOOK = timedelta(seconds=5)
"""How long an idle worker waits for a notification before it looks all the same."""
_AGAIN = timedelta(seconds=1)
_OVERDUE = 30_000
"""Milliseconds after which a message that is due and has no job gets one."""
_RESTORED_AT_ONCE = 500
_MARGIN = 0.01
"""Seconds: the engine writes the new time after ours has begun to run."""
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 15.0
_log = structlog.get_logger("carteiro.queue")

_SETTINGS = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
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

_CLAIM = Statement.of(
    "messages.claim_many",
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now "
    "FROM unnest(CAST(:tenant_ids AS TEXT[]), CAST(:ids AS TEXT[])) AS wanted (tenant_id, id) "
    "WHERE messages.tenant_id = wanted.tenant_id AND messages.id = wanted.id "
    "AND messages.state = 'queued' AND messages.due_at <= :now "
    "RETURNING messages.*, (SELECT reason FROM suppressions "
    "WHERE suppressions.tenant_id = messages.tenant_id "
    "AND suppressions.recipient_hash = messages.recipient_hash "
    "AND (suppressions.expires_at IS NULL OR suppressions.expires_at > :now)) AS suppressed",
)
_WAITING = Statement.of(
    "messages.still_waiting",
    "SELECT tenant_id, id, due_at FROM messages WHERE state = 'queued' AND (tenant_id, id) IN "
    "(SELECT * FROM unnest(CAST(:tenant_ids AS TEXT[]), CAST(:ids AS TEXT[])))",
)

_WITHOUT_JOB = Statement.of(
    "messages.without_job",
    "SELECT tenant_id, id, priority FROM messages WHERE state = 'queued' AND due_at < :before "
    "AND NOT EXISTS (SELECT 1 FROM pgqueuer "
    "WHERE pgqueuer.dedupe_key = messages.tenant_id || '/' || messages.id "
    "AND pgqueuer.status IN ('queued', 'picked')) LIMIT :batch",
)
_HASTEN = Statement.of(
    "queue.hasten",
    "UPDATE pgqueuer SET execute_after = NOW() WHERE dedupe_key = :key AND status = 'queued' "
    "RETURNING id",
)

_DISCARD = Statement.of(
    "queue.discard",
    "DELETE FROM pgqueuer_log WHERE id IN (SELECT id FROM pgqueuer_log "
    "WHERE created < NOW() - INTERVAL '1 day' LIMIT :batch) RETURNING id",
)
_NUDGE = Statement.of("queue.nudge", "SELECT pg_notify('ch_pgqueuer', :payload) AS told")


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
    """Put jobs into the queue, in the transaction of ``connection``; a message has one at most."""
    await _queries(AsyncpgDriver(connection)).enqueue(
        [_ENTRYPOINT] * len(jobs),
        [f"{job.tenant_id}/{job.message_id}".encode() for job in jobs],
        [job.priority for job in jobs],
        [timedelta(milliseconds=job.delay) for job in jobs],
        [f"{job.tenant_id}/{job.message_id}" for job in jobs],
        on_conflict="skip",
    )


class _Driver(AsyncpgPoolDriver):
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


class PostgresQueue:
    """A PGQueuer worker, started again whenever the database was gone."""

    def __init__(self, dsn: str, database: Database, clock: Clock) -> None:
        self._dsn = dsn
        self._database = database
        self._clock = clock
        self._stopped = asyncio.Event()
        self._manager: QueueManager | None = None
        self._nudges: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Nothing to do: the engine's trigger notifies every worker."""

    def stop(self) -> None:
        self._stopped.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def restore(self, *, now: int) -> int:
        async def work(tx: Transaction) -> int:
            rows = await tx.all(_WITHOUT_JOB, before=now - _OVERDUE, batch=_RESTORED_AT_ONCE)
            jobs = [
                Job(tenant_id=row["tenant_id"], message_id=row["id"], priority=row["priority"])
                for row in rows
            ]
            await tx.enqueue(*jobs)
            return len(jobs)

        return await self._database.write(work)

    async def discard(self, *, batch: int) -> int:
        async def work(tx: Transaction) -> int:
            return len(await tx.all(_DISCARD, batch=batch))

        return await self._database.write(work)

    async def hasten(self, job: Job) -> None:
        key = f"{job.tenant_id}/{job.message_id}"

        async def work(tx: Transaction) -> None:
            await tx.all(_HASTEN, key=key)
            await tx.enqueue(job)
            await tx.one(_NUDGE, payload=_event())

        await self._database.write(work)

    async def run(self, handler: Handler, *, owner: str, most: int) -> None:
        while not self._stopped.is_set():
            try:
                await self._work(handler, owner, most)
            except Exception as error:  # noqa: BLE001 - whatever stopped the engine, it must go on
                _log.warning("the queue waits for the database", error=type(error).__name__)
                await rest(self._stopped, _AGAIN.total_seconds())

    async def _work(self, handler: Handler, owner: str, most: int) -> None:
        pool = await asyncpg.create_pool(
            self._dsn,
            min_size=2,
            max_size=4,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings={"application_name": "carteiro-queue"},
        )
        try:
            manager = QueueManager(_queries(_Driver(pool)), _SETTINGS.channel)
            claims = _Claims(self._database, self._clock, owner)

            async def work(job: models.Job) -> None:
                tenant_id, _, message_id = (job.payload or b"").decode().partition("/")
                again = await _worked(claims, handler, tenant_id, message_id)
                if again is not None:
                    self._wake_later(again)
                    raise RetryRequested(again, "due later")

            manager.entrypoint(_ENTRYPOINT, accepts_context=False)(work)
            self._manager = manager
            if self._stopped.is_set():
                return
            batch = max(1, min(_BATCH, most // 2))
            await manager.run(
                dequeue_timeout=_LOOK,
                batch_size=batch,
                max_concurrent_tasks=max(most, 2 * batch),
                shutdown_on_listener_failure=True,
                heartbeat_timeout=_HEARTBEAT,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            self._manager = None
            pool.terminate()

    def _wake_later(self, delay: timedelta) -> None:
        """The engine notifies of new jobs, not of those that come back: that is for us to do."""
        asyncio.get_running_loop().call_later(
            delay.total_seconds() + _MARGIN,
            lambda: self._keep(asyncio.ensure_future(self._nudge())),
        )

    def _keep(self, task: asyncio.Future[None]) -> None:
        self._nudges.add(task)
        task.add_done_callback(self._nudges.discard)

    async def _nudge(self) -> None:
        """Wake every worker. Raises nothing: an idle worker looks by itself after a while."""
        try:
            await self._database.read(lambda tx: tx.one(_NUDGE, payload=_event()))
        except CarteiroError as error:
            _log.debug("workers could not be woken", code=error.code)


async def _worked(
    claims: _Claims, handler: Handler, tenant_id: str, message_id: str
) -> timedelta | None:
    """Have a job's message worked on; when it is to be tried again, if ever."""
    try:
        row, waits = await claims.claim(tenant_id, message_id)
    except CarteiroError:
        return _AGAIN
    if row is not None:
        waits = await handler(row)
    return None if waits is None else timedelta(milliseconds=waits)


class _Claims:
    """Takes messages into this process's hands, those of a batch in one statement."""

    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._wanted: dict[tuple[str, str], asyncio.Future[tuple[MessageRow | None, int | None]]]
        self._wanted = {}
        self._flushing: set[asyncio.Task[None]] = set()

    async def claim(self, tenant_id: str, message_id: str) -> tuple[MessageRow | None, int | None]:
        """The message, or how many milliseconds it waits, or neither: it is somebody else's."""
        loop = asyncio.get_running_loop()
        if not self._wanted:
            loop.call_soon(self._flush)
        future = self._wanted.setdefault((tenant_id, message_id), loop.create_future())
        return await future

    def _flush(self) -> None:
        wanted, self._wanted = self._wanted, {}
        task = asyncio.ensure_future(self._take(wanted))
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _take(
        self,
        wanted: dict[tuple[str, str], asyncio.Future[tuple[MessageRow | None, int | None]]],
    ) -> None:
        now = self._clock.now()

        async def work(tx: Transaction) -> dict[tuple[str, str], tuple[MessageRow | None, int]]:
            keys = list(wanted)
            tenants, ids = [key[0] for key in keys], [key[1] for key in keys]
            rows = await tx.all(_CLAIM, owner=self._owner, now=now, tenant_ids=tenants, ids=ids)
            found: dict[tuple[str, str], tuple[MessageRow | None, int]] = {
                (row["tenant_id"], row["id"]): (claimed_of(row), 0) for row in rows
            }
            if len(found) < len(keys):
                for row in await tx.all(_WAITING, tenant_ids=tenants, ids=ids):
                    found[row["tenant_id"], row["id"]] = (None, max(row["due_at"] - now, 1))
            return found

        try:
            found = await self._database.write(work)
        except Exception as error:  # noqa: BLE001 - it is the callers', and raised there
            for future in wanted.values():
                future.set_exception(error)
            return
        for key, future in wanted.items():
            row, waits = found.get(key, (None, None))
            future.set_result((row, None if row else waits))


def _event() -> str:
    """What the engine's trigger says when the table changes."""
    return models.TableChangedEvent(
        channel=_SETTINGS.channel,
        sent_at=datetime.now(UTC),
        type="table_changed_event",
        operation="update",
        table=_SETTINGS.queue_table,
    ).model_dump_json()


def _queries(driver: Driver) -> Queries:
    return Queries(driver, QueryBuilderEnvironment(_SETTINGS), QueryQueueBuilder(_SETTINGS))
