"""SQLite's log is copied into the file beside whoever writes, and begins anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.sqlite import SqliteDatabase, connect
from carteiro.storage.drivers.sqlite_checkpoints import Checkpoints
from carteiro.storage.drivers.statements import Statement

pytestmark = pytest.mark.anyio
_ROWS = 600
_ADD = Statement.of("test.log.add", "INSERT INTO many (text) VALUES (:text)")


async def _write(database: SqliteDatabase) -> None:
    """So many rows that they are copied; others commit meanwhile, and one after that."""

    async def work(tx: Transaction) -> None:
        for _ in range(_ROWS):
            await tx.all(_ADD, text="x" * 1000)

    await database.write(work)
    copying = database._checkpoints._copying
    assert copying is not None
    while not copying.done():
        await database.write(lambda tx: tx.all(_ADD, text="x"))
    await database.write(lambda tx: tx.all(_ADD, text="x"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mail.db"
    link = connect(path)
    link.execute("CREATE TABLE many (text TEXT)")
    link.close()
    return path


async def test_what_was_committed_reaches_the_file_while_it_is_open(path: Path) -> None:
    database = await SqliteDatabase.open(path)
    before = path.stat().st_size

    await _write(database)

    assert path.stat().st_size > before + _ROWS * 1000 / 2
    await database.close()


async def test_the_log_begins_anew_once_it_is_copied(path: Path) -> None:
    database, log = await SqliteDatabase.open(path), path.with_name("mail.db-wal")
    sizes = []
    for _ in range(6):
        await _write(database)
        sizes.append(log.stat().st_size)

    assert sizes[-1] < 2 * sizes[0]
    await database.close()


async def test_a_few_rows_are_left_in_the_log(path: Path) -> None:
    database = await SqliteDatabase.open(path)

    await database.write(lambda tx: tx.all(_ADD, text="x"))

    assert database._checkpoints._copying is None
    await database.close()


async def test_a_log_that_cannot_be_copied_is_told_and_stops_nobody(path: Path) -> None:
    broken = connect(path)
    broken.execute("BEGIN IMMEDIATE")
    checkpoints = Checkpoints(broken)

    with capture_logs() as logs:
        checkpoints.committed(_ROWS)
        checkpoints.close()

    assert [entry["event"] for entry in logs] == ["the database's log was not copied"]
    # What tried has no connection any more.
    with pytest.raises(sqlite3.ProgrammingError):
        broken.execute("SELECT 1")
