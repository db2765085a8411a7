"""The queue on PostgreSQL: workers of PGQueuer.

A job commits with its row, on the same connection. Workers are woken by NOTIFY. A job whose worker
died is picked again by the engine; whether there is still something to do is decided by the row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.types import Channel

from carteiro.clock import Clock, rest
from carteiro.errors import CarteiroError
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.job import Job, Kind
from carteiro.storage.drivers.pgqueuer_tables import MESSAGES, WEBHOOKS, EngineDriver, queries, told
from carteiro.storage.drivers.pooling import keep
from carteiro.storage.drivers.reasons import reason_of
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.queues.postgres_claims import Claims
from carteiro.storage.queues.queue import LEASE, WEBHOOKS_AT_MOST, Handler, WebhookHandler
from carteiro.storage.tenancy import hooks
from carteiro.storage.tenancy.hooks import DeliveryRow

_BATCH = 32
_HEARTBEAT = timedelta(seconds=10)
"""A job whose worker was silent for as long is picked by another one."""
_CONNECTIONS = {Kind.MESSAGE: 3, Kind.WEBHOOK: 2}
"""One of them listens."""
_LOOK = timedelta(seconds=5)
"""How long an idle worker waits for a notification before it looks all the same."""
_AGAIN = 1_000
"""Milliseconds until the next try where the database said no."""
_RESTORED_AT_ONCE = 500
_MARGIN = 0.01
"""Seconds: the engine writes the new time after ours has begun to run."""
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 15.0
_log = structlog.get_logger("carteiro.queue")

_Work = Callable[[str, str], Awaitable[int | None]]
"""Claims a row by its tenant and id and works on it; milliseconds until it is due again."""

_WITHOUT_JOB = Statement.of(
    "messages.without_job",
    "SELECT tenant_id, id, priority FROM messages WHERE state = 'queued' AND due_at < :before "
    "AND NOT EXISTS (SELECT 1 FROM pgqueuer "
    "WHERE pgqueuer.dedupe_key = messages.tenant_id || '/' || messages.id "
    "AND pgqueuer.status IN ('queued', 'picked')) LIMIT :batch",
)
_WEBHOOK_WITHOUT_JOB = Statement.of(
    "hooks.without_job",
    "SELECT tenant_id, id FROM hook_deliveries WHERE COALESCE(leased_until, due_at) < :before "
    "AND NOT EXISTS (SELECT 1 FROM pgqueuer "
    "WHERE pgqueuer.dedupe_key = hook_deliveries.tenant_id || '/' || hook_deliveries.id "
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
_NUDGE = Statement.of("queue.nudge", "SELECT pg_notify(:channel, :payload) AS told")


class PostgresQueue:
    """A PGQueuer worker, started again whenever the database was gone."""

    def __init__(self, dsn: str, database: Database, clock: Clock) -> None:
        self._dsn = dsn
        self._database = database
        self._clock = clock
        self._stopped = asyncio.Event()
        self._managers: list[QueueManager] = []
        self._nudges: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Nothing to do: the engine's trigger notifies every worker."""

    def stop(self) -> None:
        self._stopped.set()
        for manager in self._managers:
            manager.shutdown.set()

    async def restore(self, *, before: int) -> int:
        async def work(tx: Transaction) -> int:
            rows = await tx.all(_WITHOUT_JOB, before=before, batch=_RESTORED_AT_ONCE)
            jobs = [
                Job(tenant_id=row["tenant_id"], id=row["id"], priority=row["priority"])
                for row in rows
            ]
            rows = await tx.all(_WEBHOOK_WITHOUT_JOB, before=before, batch=_RESTORED_AT_ONCE)
            jobs += [
                Job(kind=Kind.WEBHOOK, tenant_id=row["tenant_id"], id=row["id"], priority=0)
                for row in rows
            ]
            await tx.enqueue(*jobs)
            return len(jobs)

        return await self._database.write(work)

    async def discard(self, tx: Transaction, *, batch: int) -> int:
        return len(await tx.all(_DISCARD, batch=batch))

    async def hasten(self, job: Job) -> None:
        async def work(tx: Transaction) -> None:
            await tx.all(_HASTEN, key=job.key)
            await tx.enqueue(job)
            await tx.one(_NUDGE, **told(MESSAGES))

        await self._database.write(work)

    async def run(self, handler: Handler, *, owner: str, most: int) -> None:
        claims = Claims(self._database, self._clock, owner)

        async def work(tenant_id: str, id_: str) -> int | None:
            row, waits = await claims.claim(tenant_id, id_)
            return waits if row is None else await handler(row)

        await self._run(Kind.MESSAGE, MESSAGES, work, most)

    async def run_webhooks(self, handler: WebhookHandler) -> None:
        async def work(tenant_id: str, id_: str) -> int | None:
            row, waits = await self._claim_webhook(tenant_id, id_)
            return waits if row is None else await handler(row)

        await self._run(Kind.WEBHOOK, WEBHOOKS, work, WEBHOOKS_AT_MOST)

    async def _claim_webhook(
        self, tenant_id: str, id_: str
    ) -> tuple[DeliveryRow | None, int | None]:
        """The webhook, or how many milliseconds it waits, or neither: nothing is left to do."""
        now = self._clock.now()

        async def work(tx: Transaction) -> tuple[DeliveryRow | None, int | None]:
            row = await hooks.claim(tx, tenant_id, id_, now=now, until=now + LEASE)
            if row is not None:
                return row, None
            free_at = await hooks.free_at(tx, tenant_id, id_)
            return None, None if free_at is None else max(free_at - now, 1)

        return await self._database.write(work)

    async def _run(self, kind: Kind, channel: Channel, work: _Work, most: int) -> None:
        while not self._stopped.is_set():
            try:
                await self._engine(kind, channel, work, most)
            except Exception as error:  # noqa: BLE001 - whatever stopped the engine, it must go on
                _log.warning("the queue waits for the database", reason=reason_of(error))
                await rest(self._stopped, _AGAIN / 1000)

    async def _engine(self, kind: Kind, channel: Channel, work: _Work, most: int) -> None:
        """One life of the engine: it ends when it is told to, or with the database."""
        pool = await asyncpg.create_pool(
            self._dsn,
            min_size=2,
            max_size=_CONNECTIONS[kind],
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings={"application_name": "carteiro-queue"},
            reset=keep,
        )
        manager = QueueManager(queries(EngineDriver(pool), channel), channel)

        async def dispatch(job: models.Job) -> None:
            tenant_id, _, id_ = (job.payload or b"").decode().partition("/")
            try:
                again = await work(tenant_id, id_)
            except Exception as error:  # noqa: BLE001 - the engine would drop the job
                _log.warning("a job waits", error=type(error).__name__)
                again = _AGAIN
            if again is not None:
                delay = timedelta(milliseconds=again)
                self._wake_later(delay, channel)
                raise RetryRequested(delay, "due later")

        manager.entrypoint(kind, accepts_context=False)(dispatch)
        self._managers.append(manager)
        try:
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
            self._managers.remove(manager)
            pool.terminate()

    def _wake_later(self, delay: timedelta, channel: Channel) -> None:
        """The engine notifies of new jobs, not of those that come back: that is for us to do."""
        asyncio.get_running_loop().call_later(
            delay.total_seconds() + _MARGIN,
            lambda: self._keep(asyncio.ensure_future(self._nudge(channel))),
        )

    def _keep(self, task: asyncio.Future[None]) -> None:
        self._nudges.add(task)
        task.add_done_callback(self._nudges.discard)

    async def _nudge(self, channel: Channel) -> None:
        """Wake every worker. Raises nothing: an idle worker looks by itself after a while."""
        try:
            await self._database.read(lambda tx: tx.one(_NUDGE, **told(channel)))
        except CarteiroError as error:
            _log.debug("workers could not be woken", code=error.code)
