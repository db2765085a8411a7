"""Units of work on SQLite, driven to their end in the thread that has the connection."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, cast

import structlog

from carteiro.errors import CarteiroError, SchemaOutdated, StorageUnavailable, StorageUnusable
from carteiro.storage.drivers.database import Call, Question, Row, Work
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.reasons import reason_of
from carteiro.storage.drivers.statements import STATEMENTS, Statement, statement_of

T = TypeVar("T")
_BUSY_SECONDS = 5.0
_LOCK_SECONDS = 0.002
_HOPELESS = frozenset(
    {
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
_log = structlog.get_logger("carteiro.storage")


class SqliteTransaction:
    """Statements that are done when they return: awaiting one never suspends."""

    is_far = False

    def __init__(self, connection: sqlite3.Connection, changed: set[str]) -> None:
        self._execute = connection.execute
        self._changed = changed

    async def one(self, name: str | Statement, /, **arguments: Any) -> Row | None:
        rows = self._rows(statement_of(name), arguments)
        return rows[0] if rows else None

    async def all(self, name: str | Statement, /, **arguments: Any) -> list[Row]:
        return self._rows(statement_of(name), arguments)

    async def run(self, name: str, /, **arguments: Any) -> int:
        return self._run(STATEMENTS[name], arguments)

    async def put(self, *calls: Call) -> None:
        for call in calls:
            self._run(STATEMENTS[call.name], call.arguments)

    async def together(self, *calls: Call) -> list[Any]:
        return [self._first(STATEMENTS[call.name], call.arguments) for call in calls]

    async def ask(self, *questions: Question) -> list[list[Row]]:
        return [self._rows(statement_of(one.statement), one.arguments) for one in questions]

    async def enqueue(self, *jobs: Job) -> None:
        """Nothing to do: the messages are the queue."""

    async def changed(self, tenant_id: str) -> None:
        self._changed.add(tenant_id)

    def _rows(self, statement: Statement, arguments: Mapping[str, Any]) -> list[Row]:
        values = [arguments[name] for name in statement.sqlite_arguments]
        rows: list[Row] = self._execute(statement.sqlite, values).fetchall()
        return rows

    def _first(self, statement: Statement, arguments: Mapping[str, Any]) -> Any:
        if statement.returns:
            rows: list[Any] = self._rows(statement, arguments)
            return rows[0][0] if rows else None
        return 1 if self._run(statement, arguments) else None

    def _run(self, statement: Statement, arguments: Mapping[str, Any]) -> int:
        values = [arguments[name] for name in statement.sqlite_arguments]
        cursor = self._execute(statement.sqlite, values)
        # A lock that gives nothing back is a read here, and so counted by what it finds.
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


def drive(work: Work[T], connection: sqlite3.Connection, changed: set[str]) -> T:
    """Run a unit to its end in this thread."""
    unit = cast("Coroutine[Any, Any, T]", work(SqliteTransaction(connection, changed)))
    try:
        unit.send(None)
    except StopIteration as finished:
        return cast("T", finished.value)
    unit.close()
    raise RuntimeError("a unit of work awaited something other than its transaction")


def is_hopeless(error: BaseException | None) -> bool:
    """Whether waiting does not help: the file is damaged, or may not be opened or written."""
    # The first byte is the kind, what stands above it the occasion.
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _HOPELESS


def unavailable(error: sqlite3.Error) -> CarteiroError:
    """What a failure of the file means."""
    if "no such table" in str(error) or "no such column" in str(error):
        return SchemaOutdated()
    if is_hopeless(error):
        return StorageUnusable(f"The database cannot be used: {error}.")
    _log.error("sqlite failed", reason=reason_of(error))
    return StorageUnavailable(retry_after=1)


class SqliteSideline:
    """One connection in one thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None

    def write(self, work: Work[T]) -> T:
        """Run a unit of work and commit it."""
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            _lock(connection)
            try:
                result = drive(work, connection, set())
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise unavailable(error) from error
        return result

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()


def _lock(connection: sqlite3.Connection) -> None:
    """Take the write lock between two of the writer's groups.

    SQLite's own waiting looks ten times a second, and would miss every gap of a busy writer.
    """
    connection.execute("PRAGMA busy_timeout=0")
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(_LOCK_SECONDS)
        else:
            return


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else has the lock: later it may well go."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
