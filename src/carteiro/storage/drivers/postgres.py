"""PostgreSQL through asyncpg: pooled connections, and writes that go together in one round trip.

Calls of one shape that wait are sent and committed together, as on SQLite: one trip and one flush
to disk for all of them. One that is refused takes the others back with it, so then each is sent on
its own. An answer is given only after the commit.

PostgreSQL counts a table a minute or so after it has changed. Its planner takes any index of one
that was empty then for as good as the key's, and each row that comes makes the next one dearer; so
we have tables counted as soon as they have grown by a lot: new ones, and a queue with a backlog.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncpg
import structlog

from carteiro.errors import CarteiroError, StorageUnavailable
from carteiro.storage.drivers.database import Call, Question, Row, Work
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.pgqueuer_tables import enqueue
from carteiro.storage.drivers.pooling import keep
from carteiro.storage.drivers.postgres_errors import GONE, REFUSED, opening_error, translated
from carteiro.storage.drivers.statements import (
    STATEMENTS,
    Statement,
    answering,
    asking,
    numbered,
    statement_of,
    together,
)

T = TypeVar("T")
_CHANNEL = "carteiro_changes"
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 10.0
_SIDELINE_SECONDS = 3.0
_GROUP_AT_MOST = 64
_TRIES = 4
_RELISTEN_SECONDS = 1.0
_COUNT_SECONDS = 5.0
_log = structlog.get_logger("carteiro.storage")

_CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


@dataclass(slots=True, eq=False)
class _Unit:
    values: Sequence[Any]
    jobs: Sequence[Job]
    future: asyncio.Future[None]


@dataclass(slots=True, eq=False)
class _Line:
    """What waits to be written by one statement, and the task that writes it."""

    waiting: deque[_Unit] = field(default_factory=deque)
    writing: asyncio.Task[None] | None = None


_GROWN = (
    "SELECT quote_ident(pg_class.relname) FROM pg_stat_user_tables AS seen "
    "JOIN pg_class ON pg_class.oid = seen.relid WHERE seen.schemaname = current_schema() "
    "AND n_mod_since_analyze > 200 AND n_live_tup > 200 + 4 * GREATEST(reltuples, 0) "
    "AND pg_has_role(relowner, 'USAGE')"
)


class PostgresDatabase:
    """A pool of connections to one database."""

    def __init__(self, dsn: str, pool: asyncpg.Pool) -> None:
        self._dsn = dsn
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._closed = asyncio.Event()
        self._counting = self._loop.create_task(self._count())

    @classmethod
    async def open(cls, dsn: str, *, pool_size: int = 8) -> PostgresDatabase:
        """Connect. Raises ``StorageUnavailable`` or ``StorageUnusable``."""
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=pool_size,
                timeout=_CONNECT_SECONDS,
                command_timeout=_STATEMENT_SECONDS,
                statement_cache_size=256,
                reset=keep,
                # Values are bound by type; a plan made once serves every value of ours.
                server_settings={"application_name": "carteiro", "plan_cache_mode": "auto"},
            )
        except (*GONE, *REFUSED) as error:
            raise opening_error(error) from error
        return cls(dsn, pool)

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:
        """Run writes that do not read each other, all or none, in one round trip."""
        sql = together(tuple(call.name for call in calls))
        unit = _Unit(_values(calls), jobs, self._loop.create_future())
        line = self._lines[sql]
        line.waiting.append(unit)
        if line.writing is None:
            line.writing = self._loop.create_task(self._write_line(sql, line))
        await unit.future

    async def write(self, work: Work[T], *, steady: bool = False) -> T:
        """Run a unit of work and commit it; one that lost a conflict is run again."""
        isolation = "repeatable_read" if steady else None

        async def run() -> T:
            async with (
                self._connection() as connection,
                connection.transaction(isolation=isolation),
            ):
                return await _whole(work, connection)

        return await _again(run)

    async def read(self, work: Work[T], *, quick: bool = False) -> T:  # noqa: ARG002 - all wait here
        """Run a unit that only reads."""
        async with self._connection() as connection:
            return await _whole(work, connection)

    def sideline(self) -> PostgresSideline:
        """A connection of its own for one thread."""
        return PostgresSideline(self._dsn)

    async def changes(self) -> AsyncIterator[str | None]:
        """Tenants changed in any process; ``None`` first, and after a gap: some may be missed."""
        while not self._closed.is_set():
            heard: asyncio.Queue[str | None] = asyncio.Queue()
            try:
                listener = await asyncpg.connect(self._dsn, timeout=_CONNECT_SECONDS)
            except GONE as error:
                _log.warning("cannot listen for changes", error=type(error).__name__)
                await asyncio.sleep(_RELISTEN_SECONDS)
                continue
            try:
                listener.add_termination_listener(lambda _, queue=heard: queue.put_nowait(None))
                await listener.add_listener(
                    _CHANNEL, lambda *event, queue=heard: queue.put_nowait(event[-1])
                )
                yield None
                while (tenant_id := await heard.get()) is not None:
                    yield tenant_id
            except GONE as error:
                _log.warning("stopped hearing of changes", error=type(error).__name__)
            finally:
                listener.terminate()

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        self._closed.set()
        self._counting.cancel()
        await asyncio.gather(self._counting, return_exceptions=True)
        await asyncio.gather(*(line.writing for line in self._lines.values() if line.writing))
        await self._pool.close()

    async def _count(self) -> None:
        """Have tables counted that have grown by a lot since they were."""
        while True:
            await asyncio.sleep(_COUNT_SECONDS)
            try:
                async with self._connection() as connection:
                    for row in await connection.fetch(_GROWN):
                        await connection.execute(f"ANALYZE (SKIP_LOCKED) {row[0]}")
            except StorageUnavailable:
                continue
            except (CarteiroError, asyncpg.PostgresError) as error:
                _log.warning("tables could not be counted", error=type(error).__name__)

    async def _write_line(self, sql: str, line: _Line) -> None:
        """Write group after group until nothing waits."""
        try:
            while line.waiting:
                size = min(len(line.waiting), _GROUP_AT_MOST)
                await self._write_group(sql, [line.waiting.popleft() for _ in range(size)])
        finally:
            line.writing = None

    async def _write_group(self, sql: str, group: list[_Unit]) -> None:
        """Write units in one transaction, or each in its own when one of them is refused."""
        # Every process takes the rows of its groups in one order, so none waits for another's.
        group.sort(key=_place_of)
        jobs = [job for unit in group for job in unit.jobs]

        async def run() -> None:
            async with self._connection() as connection:
                if not jobs:
                    await connection.executemany(sql, [unit.values for unit in group])
                    return
                async with connection.transaction():
                    await connection.executemany(sql, [unit.values for unit in group])
                    await enqueue(connection, jobs)

        try:
            await _again(run)
        except Exception as error:  # noqa: BLE001 - it is the callers', and raised there
            # A server that is gone may have committed: only what it refused is sent again.
            if len(group) > 1 and not isinstance(error, StorageUnavailable):
                await asyncio.gather(*(self._write_group(sql, [unit]) for unit in group))
                return
            for unit in group:
                if not unit.future.cancelled():
                    unit.future.set_exception(error)
        else:
            for unit in group:
                if not unit.future.cancelled():
                    unit.future.set_result(None)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        async with translated(), self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
            yield connection


class PostgresSideline:
    """One connection in one thread, with an event loop that only runs for its units."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._runner = asyncio.Runner()
        self._connection: Any = None

    def write(self, work: Work[T]) -> T:
        """Run a unit of work to its end and commit it; connects where it has to."""
        return self._runner.run(self._write(work))

    def close(self) -> None:
        """Let go of the connection at once."""
        if self._connection is not None:
            self._connection.terminate()
        self._runner.close()

    async def _write(self, work: Work[T]) -> T:
        async with translated():
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(
                    self._dsn,
                    timeout=_SIDELINE_SECONDS,
                    command_timeout=_SIDELINE_SECONDS,
                    server_settings={"application_name": "carteiro-sideline"},
                )
            async with self._connection.transaction():
                return await _whole(work, self._connection)


class PostgresTransaction:
    """Statements on one connection; what is put waits for the next one, or for the end."""

    is_far = True

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._unsent: list[Call] = []

    async def one(self, name: str | Statement, /, **arguments: Any) -> Row | None:
        await self.send()
        row: Row | None = await self._connection.fetchrow(*_bound(name, arguments))
        return row

    async def all(self, name: str | Statement, /, **arguments: Any) -> list[Row]:
        await self.send()
        rows: list[Row] = await self._connection.fetch(*_bound(name, arguments))
        return rows

    async def run(self, name: str, /, **arguments: Any) -> int:
        await self.send()
        if STATEMENTS[name].returns:
            return len(await self._connection.fetch(*_bound(name, arguments)))
        status: str = await self._connection.execute(*_bound(name, arguments))
        return int(status.rpartition(" ")[2])

    async def put(self, *calls: Call) -> None:
        self._unsent += calls

    async def together(self, *calls: Call) -> list[Any]:
        waiting = len(self._unsent)
        sent, self._unsent = [*self._unsent, *calls], []
        sql = answering(tuple(call.name for call in sent))
        return list(await self._connection.fetchrow(sql, *_values(sent)))[waiting:]

    async def ask(self, *questions: Question) -> list[list[Row]]:
        await self.send()
        statements = tuple(statement_of(one.statement) for one in questions)
        values = [
            one.arguments[name]
            for one, statement in zip(questions, statements, strict=True)
            for name in statement.arguments
        ]
        found = await self._connection.fetchrow(asking(statements), *values)
        return [[] if rows is None else json.loads(rows) for rows in found]

    async def enqueue(self, *jobs: Job) -> None:
        if jobs:
            await self.send()
            await enqueue(self._connection, jobs)

    async def changed(self, tenant_id: str) -> None:
        await self.send()
        await self._connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, tenant_id)

    async def send(self) -> None:
        """Run what has been put."""
        if self._unsent:
            sent, self._unsent = self._unsent, []
            await self._connection.execute(
                together(tuple(call.name for call in sent)), *_values(sent)
            )


async def _whole(work: Work[T], connection: Any) -> T:
    """A unit with all that it has put."""
    tx = PostgresTransaction(connection)
    result = await work(tx)
    await tx.send()
    return result


def _place_of(unit: _Unit) -> list[str]:
    """Its texts, the ids and hashes of all its rows among them."""
    return [value for value in unit.values if isinstance(value, str)]


async def _again(run: Callable[[], Awaitable[T]]) -> T:
    """Run once more what lost a conflict, a few times, with growing pauses."""
    for attempt in range(_TRIES):
        try:
            return await run()
        except _CONFLICTS:
            await asyncio.sleep(0.01 * 2**attempt)
    raise StorageUnavailable(retry_after=1)


def _values(calls: Sequence[Call]) -> list[Any]:
    return [call.arguments[name] for call in calls for name in STATEMENTS[call.name].arguments]


def _bound(which: str | Statement, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
    text = numbered(which) if isinstance(which, str) else which.numbered_from(1)
    return (text, *(arguments[key] for key in statement_of(which).arguments))
