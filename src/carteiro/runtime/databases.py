"""The database of the settings and its queue, whichever kind it is, with a schema that fits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from carteiro.clock import Clock
from carteiro.errors import SchemaOutdated, SchemaTooNew
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Database
from carteiro.storage.drivers.sqlite import SqliteDatabase
from carteiro.storage.migrations import require_current
from carteiro.storage.queues.queue import Queue
from carteiro.storage.queues.sqlite_queue import SqliteQueue


async def open_database(settings: Settings, *, touch: bool = True) -> Database:
    """Open the database; with ``touch`` an SQLite file is created and brought up to date first."""
    path = settings.sqlite_path
    if path is None:
        from carteiro.storage.drivers.postgres import PostgresDatabase  # noqa: PLC0415 - SQLite needs none

        database: Database = await PostgresDatabase.open(
            settings.database_url, pool_size=settings.database_pool_size
        )
    else:
        database = await _current_sqlite(settings, path, touch=touch)
    try:
        await require_current(database)
    except BaseException:
        await database.close()
        raise
    return database


async def _current_sqlite(settings: Settings, path: Path, *, touch: bool) -> Database:
    database = await SqliteDatabase.open(path, create=touch)
    try:
        await require_current(database)
    except SchemaOutdated as outdated:
        await database.close()
        if not touch or isinstance(outdated, SchemaTooNew):
            raise
        migrate_apart(settings)
        return await SqliteDatabase.open(path)
    return database


def migrate_apart(settings: Settings) -> None:
    """Bring the schema up to date in a process of its own: serving needs no migration tools."""
    command = [sys.executable, "-m", "carteiro", "migrate", "--quiet"]
    environment = {**os.environ, "CARTEIRO_DATABASE_URL": settings.database_url}
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        # Its last line is the sentence; what stands before it is its log.
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        reason = said[-1].removeprefix("carteiro: ")
        raise SchemaOutdated(f"The database could not be brought up to date: {reason}")


def open_queue(settings: Settings, database: Database, clock: Clock) -> Queue:
    """The queue of the database's kind."""
    if settings.sqlite_path is not None:
        return SqliteQueue(database, clock)
    from carteiro.storage.queues.postgres_queue import PostgresQueue  # noqa: PLC0415 - SQLite needs none

    return PostgresQueue(settings.database_url, database, clock)
