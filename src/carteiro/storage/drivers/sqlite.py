"""SQLite: whatever waits is committed together, and reads run beside it in a thread.

A unit of work is an ``async`` function whose awaits never suspend here, so it is driven to its end
with one ``send``. Waiting units share a transaction, each under its own savepoint: one that fails
leaves nothing behind and the others commit. An answer is given only after the commit, which is on
disk (``synchronous=FULL``): group commit is what makes that cheap.

Statements run where they are asked for, in microseconds; handing each over to a thread and waiting
for the interpreter's lock twice costs more than the statement. So does a read of few rows by their
keys. What can take long is done in the threads: the commit, the wait for another process's lock,
and reads of which nobody knows how much they find.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog

from carteiro.errors import StorageUnavailable, StorageUnusable
from carteiro.private_files import make_file, make_folder, shut_out_others
from carteiro.storage.drivers.constraints import sqlite_error
from carteiro.storage.drivers.database import Call, Transaction, Work
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.matching import matches
from carteiro.storage.drivers.sqlite_checkpoints import LOGGED_AT_MOST, Checkpoints, copy_log
from carteiro.storage.drivers.sqlite_threads import Beside
from carteiro.storage.drivers.sqlite_units import SqliteSideline, drive, is_busy, unavailable

T = TypeVar("T")
BUSY_SECONDS = 5.0
"""How long a statement waits for another process's lock."""
_GROUP_AT_MOST = 256
_POLL_SECONDS = 0.5
_log = structlog.get_logger("carteiro.storage")


def prepare_file(path: Path, *, create: bool) -> None:
    """Have the file there, closed to others; SQLite gives its companions the same permissions.

    Raises ``StorageUnusable``.
    """
    if not create and not path.exists():
        raise StorageUnusable(f"There is no database at {path}.")
    try:
        make_folder(path.parent)
        with suppress(FileExistsError):
            make_file(path)
    except OSError as error:
        reason = error.strerror
        raise StorageUnusable(f"The database {path} cannot be made: {reason}.") from error
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        shut_out_others(path.with_name(name))


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
    # The built-in one knows ASCII only.
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("carteiro_matches", 4, matches, deterministic=True)
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _lower(text: str | None) -> str | None:
    return text.lower() if isinstance(text, str) else text


@dataclass(slots=True, eq=False)
class _Unit:
    work: Work[Any]
    future: asyncio.Future[Any]
    changed: set[str] = field(default_factory=set)
    result: Any = None
    error: BaseException | None = None


class SqliteDatabase:
    """One file. Safe for several processes; made for one."""

    def __init__(
        self,
        path: Path,
        reader: sqlite3.Connection,
        quick: sqlite3.Connection,
        writer: sqlite3.Connection,
        checkpoints: Checkpoints,
    ) -> None:
        self._path = path
        self._reader = reader
        self._quick = quick
        self._writer = writer
        self._checkpoints = checkpoints
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Unit] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._listeners: set[asyncio.Queue[str]] = set()
        self._reading = Beside("carteiro-sqlite-read")
        self._committing = Beside("carteiro-sqlite-write")
        self._own_changes = 0
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, create: bool = True) -> SqliteDatabase:
        """Open the file, or make it. Raises ``StorageUnavailable``, ``StorageUnusable``."""
        prepare_file(path, create=create)
        try:
            reader, quick, writer, copier = [
                await asyncio.to_thread(connect, path) for _ in range(4)
            ]
            writer.execute(f"PRAGMA wal_autocheckpoint={LOGGED_AT_MOST}")
            for here in (quick, writer):
                here.execute("PRAGMA busy_timeout=0")
        except sqlite3.Error as error:
            raise unavailable(error) from error
        return cls(path, reader, quick, writer, Checkpoints(copier))

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:  # noqa: ARG002 - the messages are the queue
        """Run writes that do not read each other, all or none."""

        async def work(tx: Transaction) -> None:
            await tx.put(*calls)

        await self.write(work)

    async def write(self, work: Work[T], *, steady: bool = False) -> T:  # noqa: ARG002 - it is
        """Run a unit of work on the writer, which does one after the other, and commit it."""
        self._require_open()
        unit = _Unit(work, self._loop.create_future())
        self._waiting.append(unit)
        if self._writing is None:
            self._writing = self._loop.create_task(self._write())
        return cast("T", await unit.future)

    async def read(self, work: Work[T], *, quick: bool = False) -> T:
        """Run a unit that only reads, beside the writer; a ``quick`` one right here.

        Where another process is in its way that one, too, waits in the thread.
        """
        self._require_open()
        if quick:
            try:
                return self._read(work, self._quick)
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise unavailable(error) from error
        return await self._reading.do(self._read_there, work)

    def sideline(self) -> SqliteSideline:
        """A connection of its own for one thread."""
        return SqliteSideline(partial(connect, self._path))

    async def changes(self) -> AsyncIterator[str | None]:
        """Tenants changed here, at once; ``None`` first, and soon after others' changes."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            seen = await self._foreign_changes()
            yield None
            while not self._closed:
                # Not ``wait_for``: it loses a cancellation that comes together with a change, and
                # whoever ends this process would wait for ever (Python 3.11).
                try:
                    async with asyncio.timeout(_POLL_SECONDS):
                        tenant_id = await queue.get()
                except TimeoutError:
                    now = await self._foreign_changes()
                    if now != seen:
                        seen = now
                        yield None
                else:
                    yield tenant_id
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        if self._closed:
            return
        self._closed = True
        if self._writing is not None:
            await self._writing
        for thread in (self._reading, self._committing):
            await thread.close()
        await asyncio.to_thread(self._checkpoints.close)
        for connection in (self._writer, self._quick, self._reader):
            connection.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The database is closed.")

    async def _foreign_changes(self) -> int:
        """Changes of settings that were not made here: all on record, less our own."""
        # Both in one place: a change of our own that ends meanwhile is none of others'.
        return await self._reading.do(
            lambda reader: _version(reader) - self._own_changes, self._reader
        )

    def _read_there(self, work: Work[T]) -> T:
        try:
            return self._read(work, self._reader)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _read(self, work: Work[T], connection: sqlite3.Connection) -> T:
        connection.execute("BEGIN")
        try:
            return drive(work, connection, set())
        finally:
            connection.execute("COMMIT")

    async def _write(self) -> None:
        """Commit group after group until nothing waits."""
        try:
            while self._waiting:
                size = min(len(self._waiting), _GROUP_AT_MOST)
                group = [self._waiting.popleft() for _ in range(size)]
                await self._commit(group)
                self._resolve(group)
                if self._checkpoints.committed(self._writer.total_changes):
                    await self._committing.do(copy_log, self._writer)
        finally:
            self._writing = None

    async def _commit(self, group: list[_Unit]) -> None:
        """Run a group in one transaction; a failure of the file is every unit's."""
        try:
            await self._begin()
            for unit in group:
                self._run(unit)
            changes = self._mark_changes(group)
            await self._committing.do(self._writer.execute, "COMMIT")
            self._own_changes += changes
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            problem = unavailable(error)
            for unit in group:
                unit.error = problem

    async def _begin(self) -> None:
        """Take the write lock; only when another process has it, wait in the thread."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._writer.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
            try:
                await self._committing.do(self._writer.execute, "BEGIN IMMEDIATE")
            finally:
                self._writer.execute("PRAGMA busy_timeout=0")

    def _mark_changes(self, group: list[_Unit]) -> int:
        """Count the change of settings where every process sees it; says whether there was one."""
        if not any(unit.changed for unit in group):
            return 0
        version = _version(self._writer)
        self._writer.execute(f"PRAGMA user_version={version + 1}")
        return 1

    def _run(self, unit: _Unit) -> None:
        self._writer.execute("SAVEPOINT unit")
        try:
            unit.result = drive(unit.work, self._writer, unit.changed)
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
