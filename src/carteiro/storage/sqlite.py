"""SQLite: one writer thread that commits whatever waits together, one thread that reads.

A unit of work is an ``async`` function whose awaits never suspend here, so the writer drives it to
its end with one ``send``. Waiting units share a transaction, each under its own savepoint: one that
fails leaves nothing behind and the others commit. An answer is given only after the commit, which
is on disk (``synchronous=FULL``): group commit is what makes that cheap.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

import structlog

from carteiro.errors import CarteiroError, SchemaOutdated, StorageUnavailable
from carteiro.storage.constraints import sqlite_error
from carteiro.storage.database import Call, Row, Transaction, Work
from carteiro.storage.statements import STATEMENTS

T = TypeVar("T")
BUSY_SECONDS = 5.0
"""How long a statement waits for another process's lock."""
_GROUP_AT_MOST = 256
_POLL_SECONDS = 0.5
_log = structlog.get_logger("carteiro.storage")


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every thread here uses it."""
    connection = sqlite3.connect(
        path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


@dataclass(slots=True, eq=False)
class _Unit:
    work: Work[Any]
    future: asyncio.Future[Any]
    changed: set[str] = field(default_factory=set)
    result: Any = None
    error: BaseException | None = None


class SqliteDatabase:
    """One file. Safe for several processes; made for one."""

    def __init__(self, reader: sqlite3.Connection, writer: sqlite3.Connection) -> None:
        self._reader = reader
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[_Unit | None] = SimpleQueue()
        self._listeners: set[asyncio.Queue[str]] = set()
        self._reading = ThreadPoolExecutor(1, "carteiro-sqlite-read")
        self._thread = threading.Thread(
            target=self._serve, name="carteiro-sqlite-write", daemon=True
        )
        self._own_changes = 0
        self._closed = False
        self._thread.start()

    @classmethod
    async def open(cls, path: Path) -> SqliteDatabase:
        """Open or create the file. Raises ``StorageUnavailable``."""
        try:
            reader = await asyncio.to_thread(connect, path)
            writer = await asyncio.to_thread(connect, path)
        except sqlite3.Error as error:
            raise _unavailable(error) from error
        return cls(reader, writer)

    async def apply(self, *calls: Call) -> None:
        """Run writes that do not read each other, all or none."""

        async def work(tx: Transaction) -> None:
            for call in calls:
                await tx.run(call.name, **call.arguments)

        await self.write(work)

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work on the writer and commit it."""
        self._require_open()
        unit = _Unit(work, self._loop.create_future())
        self._waiting.put(unit)
        return cast("T", await unit.future)

    async def read(self, work: Work[T]) -> T:
        """Run a unit that only reads, beside the writer."""
        self._require_open()
        return await self._loop.run_in_executor(self._reading, self._read, work)

    async def changes(self) -> AsyncIterator[str | None]:
        """Tenants changed here, at once; ``None`` within half a second for other processes."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            seen = await self._foreign_changes()
            while not self._closed:
                try:
                    yield await asyncio.wait_for(queue.get(), _POLL_SECONDS)
                except TimeoutError:
                    now = await self._foreign_changes()
                    if now != seen:
                        seen = now
                        yield None
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        if self._closed:
            return
        self._closed = True
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._reading.shutdown)
        self._writer.close()
        self._reader.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The database is closed.")

    async def _foreign_changes(self) -> int:
        """Changes of settings that were not made here: all on record, less our own."""

        def query() -> int:
            version: int = self._reader.execute("PRAGMA user_version").fetchone()[0]
            return version - self._own_changes

        return await self._loop.run_in_executor(self._reading, query)

    def _read(self, work: Work[T]) -> T:
        try:
            self._reader.execute("BEGIN")
            try:
                return _drive(work, self._reader, set())
            finally:
                self._reader.execute("COMMIT")
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    def _serve(self) -> None:
        """The writer thread: everything that waits becomes one transaction."""
        while True:
            first = self._waiting.get()
            group, last = ([first], False) if first else ([], True)
            while not last and len(group) < _GROUP_AT_MOST:
                try:
                    unit = self._waiting.get_nowait()
                except Empty:
                    break
                if unit is None:
                    last = True
                else:
                    group.append(unit)
            if group:
                self._commit(group)
                self._loop.call_soon_threadsafe(self._resolve, group)
            if last:
                return

    def _commit(self, group: list[_Unit]) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for unit in group:
                self._run(unit)
            changes = any(unit.changed for unit in group)
            if changes:
                version = self._writer.execute("PRAGMA user_version").fetchone()[0]
                self._writer.execute(f"PRAGMA user_version={version + 1}")
            self._writer.execute("COMMIT")
            self._own_changes += changes
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for unit in group:
                unit.error = _unavailable(error)

    def _run(self, unit: _Unit) -> None:
        self._writer.execute("SAVEPOINT unit")
        try:
            unit.result = _drive(unit.work, self._writer, unit.changed)
        except sqlite3.IntegrityError as error:
            unit.error = sqlite_error(str(error)) or error
        except sqlite3.Error:
            raise
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and raised there
            unit.error = error
        if unit.error is not None:
            unit.changed.clear()
            self._writer.execute("ROLLBACK TO unit")
        self._writer.execute("RELEASE unit")

    def _resolve(self, group: list[_Unit]) -> None:
        for unit in group:
            for tenant_id in unit.changed if unit.error is None else ():
                for listener in self._listeners:
                    listener.put_nowait(tenant_id)
            if unit.future.cancelled():
                continue
            if unit.error is None:
                unit.future.set_result(unit.result)
            else:
                unit.future.set_exception(unit.error)


class _SqliteTransaction:
    """Statements that are done when they return: awaiting one never suspends."""

    def __init__(self, connection: sqlite3.Connection, changed: set[str]) -> None:
        self._execute = connection.execute
        self._changed = changed

    async def one(self, name: str, /, **arguments: Any) -> Row | None:
        rows = self._execute(STATEMENTS[name].sql, arguments).fetchall()
        return rows[0] if rows else None

    async def all(self, name: str, /, **arguments: Any) -> list[Row]:
        return self._execute(STATEMENTS[name].sql, arguments).fetchall()

    async def run(self, name: str, /, **arguments: Any) -> int:
        statement = STATEMENTS[name]
        cursor = self._execute(statement.sql, arguments)
        return len(cursor.fetchall()) if statement.returns else cursor.rowcount

    async def changed(self, tenant_id: str) -> None:
        self._changed.add(tenant_id)


def _drive(work: Work[T], connection: sqlite3.Connection, changed: set[str]) -> T:
    """Run a unit to its end in this thread."""
    unit = cast("Coroutine[Any, Any, T]", work(_SqliteTransaction(connection, changed)))
    try:
        unit.send(None)
    except StopIteration as finished:
        return cast("T", finished.value)
    unit.close()
    raise RuntimeError("a unit of work awaited something other than its transaction")


def _unavailable(error: sqlite3.Error) -> CarteiroError:
    if "no such table" in str(error) or "no such column" in str(error):
        return SchemaOutdated()
    _log.error("sqlite failed", error=str(error))
    return StorageUnavailable(retry_after=1)
