"""What a sign-in runs on the database, written down, and run again bare on the driver."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import asyncpg
import uvicorn

from carteiro.app import create_app
from carteiro.runtime import opening
from carteiro.runtime.databases import open_database
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Call, Database, Question, Row, Transaction, Work
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.sqlite import connect
from carteiro.storage.drivers.statements import (
    STATEMENTS,
    Statement,
    answering,
    asking,
    statement_of,
    together,
)

T = TypeVar("T")
_POOL = 8
"""Connections of a process, as the settings have them."""


class Kind(StrEnum):
    """How a unit of work stands on the database."""

    READ = "read"
    WRITE = "write"


@dataclass(slots=True)
class Unit:
    """The statements of one unit of work with their values, in order."""

    kind: Kind
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)


class _Script:
    """A transaction that also writes down what it is told to run, as the driver sends it."""

    def __init__(self, tx: Transaction, unit: Unit, *, lite: bool) -> None:
        self._tx = tx
        self._unit = unit
        self._lite = lite
        self._put: list[Call] = []

    @property
    def is_far(self) -> bool:
        return self._tx.is_far

    async def one(self, name: str | Statement, /, **arguments: Any) -> Row | None:
        self._note(statement_of(name), arguments)
        return await self._tx.one(name, **arguments)

    async def all(self, name: str | Statement, /, **arguments: Any) -> list[Row]:
        self._note(statement_of(name), arguments)
        return await self._tx.all(name, **arguments)

    async def run(self, name: str, /, **arguments: Any) -> int:
        self._note(STATEMENTS[name], arguments)
        return await self._tx.run(name, **arguments)

    async def put(self, *calls: Call) -> None:
        self._put += calls
        await self._tx.put(*calls)

    async def together(self, *calls: Call) -> list[Any]:
        sent, self._put = [*self._put, *calls], []
        self._note_all(answering, sent)
        return await self._tx.together(*calls)

    async def ask(self, *questions: Question) -> list[list[Row]]:
        self.send()
        asked = tuple(statement_of(one.statement) for one in questions)
        if self._lite:
            for statement, question in zip(asked, questions, strict=True):
                self._note(statement, question.arguments)
        else:
            pairs = zip(asked, questions, strict=True)
            values = [question.arguments[key] for one, question in pairs for key in one.arguments]
            self._unit.statements.append((asking(asked), values))
        return await self._tx.ask(*questions)

    async def enqueue(self, *jobs: Job) -> None:
        await self._tx.enqueue(*jobs)

    async def changed(self, tenant_id: str) -> None:
        await self._tx.changed(tenant_id)

    def send(self) -> None:
        """What has been put goes now."""
        sent, self._put = self._put, []
        if sent:
            self._note_all(together, sent)

    def note_together(self, calls: Sequence[Call]) -> None:
        self._note_all(together, calls)

    def _note_all(self, joint: Callable[[tuple[str, ...]], str], calls: Sequence[Call]) -> None:
        if self._lite:
            for call in calls:
                self._write(STATEMENTS[call.name], call.arguments)
            return
        values = [call.arguments[key] for call in calls for key in STATEMENTS[call.name].arguments]
        self._unit.statements.append((joint(tuple(call.name for call in calls)), values))

    def _note(self, statement: Statement, arguments: Any) -> None:
        self.send()
        self._write(statement, arguments)

    def _write(self, statement: Statement, arguments: Any) -> None:
        text = statement.sqlite if self._lite else statement.numbered_from(1)
        names = statement.sqlite_arguments if self._lite else statement.arguments
        self._unit.statements.append((text, [arguments[name] for name in names]))


class RecordingDatabase:
    """A database that writes down each unit that was committed."""

    def __init__(self, database: Database, *, lite: bool) -> None:
        self._database = database
        self._lite = lite
        self.units: list[Unit] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:
        await self._database.apply(*calls, jobs=jobs)
        unit = Unit(Kind.WRITE)
        _Script(None, unit, lite=self._lite).note_together(calls)  # type: ignore[arg-type]
        self.units.append(unit)

    async def write(self, work: Work[T], *, steady: bool = False) -> T:
        result, unit = await self._noted(Kind.WRITE, work, steady=steady)
        self.units.append(unit)
        return result

    async def read(self, work: Work[T], *, quick: bool = False) -> T:
        result, unit = await self._noted(Kind.READ, work, quick=quick)
        self.units.append(unit)
        return result

    async def _noted(self, kind: Kind, work: Work[T], **options: Any) -> tuple[T, Unit]:
        made: list[Unit] = []

        async def noted(tx: Transaction) -> T:
            made.append(Unit(kind))
            script = _Script(tx, made[-1], lite=self._lite)
            result = await work(script)
            script.send()
            return result

        run = self._database.write if kind is Kind.WRITE else self._database.read
        return await run(noted, **options), made[-1]


@asynccontextmanager
async def recording(settings: Settings) -> AsyncIterator[RecordingDatabase]:
    """The server in this process, on a database that writes down; its port is the settings'."""
    kept: list[RecordingDatabase] = []

    async def opened(given: Settings, *, touch: bool = True) -> RecordingDatabase:
        database = await open_database(given, touch=touch)
        kept.append(RecordingDatabase(database, lite=given.sqlite_path is not None))
        return kept[0]

    with patch.object(opening, "open_database", opened):
        async with opening.open_world(settings) as world:
            app = create_app(settings)
            app.state.world = world
            config = uvicorn.Config(app, port=settings.port, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            with patch.object(server, "install_signal_handlers", lambda: None, create=True):
                serving = asyncio.create_task(server.serve())
                while not server.started:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
                yield kept[0]
                server.should_exit = True
                await serving


def replay_sqlite(path: Path, sign_ins: Sequence[Sequence[Unit]], clients: int) -> float:
    """Seconds for the same statements on one connection, as many sign-ins a commit as clients."""
    connection = connect(path)
    begin = time.perf_counter()
    for first in range(0, len(sign_ins), clients):
        group = sign_ins[first : first + clients]
        for step in range(max(len(units) for units in group)):
            _step(connection, [units[step] for units in group if step < len(units)])
    took = time.perf_counter() - begin
    connection.close()
    return took


def _step(connection: sqlite3.Connection, units: Sequence[Unit]) -> None:
    connection.execute(
        "BEGIN IMMEDIATE" if any(unit.kind == "write" for unit in units) else "BEGIN"
    )
    for unit in units:
        for text, values in unit.statements:
            connection.execute(text, values).fetchall()
    connection.execute("COMMIT")


async def replay_postgres(dsn: str, sign_ins: Sequence[Sequence[Unit]], clients: int) -> float:
    """Seconds for the same statements, each client on a connection as far as a process has them."""
    waiting = iter(sign_ins)

    async def lane(link: asyncpg.Connection) -> None:
        for units in waiting:
            for unit in units:
                await _unit(link, unit)

    links = [
        await asyncpg.connect(dsn, statement_cache_size=256) for _ in range(min(_POOL, clients))
    ]
    begin = time.perf_counter()
    await asyncio.gather(*(lane(link) for link in links))
    took = time.perf_counter() - begin
    for link in links:
        await link.close()
    return took


async def _unit(link: asyncpg.Connection, unit: Unit) -> None:
    if unit.kind is Kind.READ or len(unit.statements) == 1:
        for text, values in unit.statements:
            await link.fetch(text, *values)
        return
    async with link.transaction():
        for text, values in unit.statements:
            await link.fetch(text, *values)
