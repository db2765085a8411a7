"""Copying what SQLite has committed from its log into the file, in nobody's way.

By itself whoever commits does it, each time that the log has a thousand pages: 4 MB go to places
all over the file and onto the disk, and everybody who writes waits for that, some hundred
milliseconds beside a million rows. SQLite lets it be done beside those who read and write
(https://sqlite.org/wal.html#ckpt), so it is, in a thread with a connection of its own.

The log begins anew only when nothing of it is left to copy. So the writer copies what came
meanwhile, a few pages, before it goes on.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

LOGGED_AT_MOST = 16_384
"""Pages of the log, of 4 KiB each, after which whoever commits copies them after all."""
_ROWS = 500
"""Changed rows between two copies: each is some pages of the log, and many are the same ones."""
_log = structlog.get_logger("carteiro.storage")


class Checkpoints:
    """The copying of one file's log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, "carteiro-sqlite-checkpoint")
        self._rows = 0
        self._copying: Future[None] | None = None

    def committed(self, rows: int) -> bool:
        """So many rows have been changed since the beginning; now and then they are copied.

        Says whether the writer is to copy what is left.
        """
        if self._copying is None:
            if rows - self._rows >= _ROWS:
                self._copying = self._thread.submit(copy_log, self._connection)
            return False
        if not self._copying.done():
            return False
        self._copying, self._rows = None, rows
        return True

    def close(self) -> None:
        """Wait for the end of what is being copied."""
        self._thread.shutdown()
        self._connection.close()


def copy_log(connection: sqlite3.Connection) -> None:
    """Copy what has been committed, but for what somebody is still reading around."""
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.Error as error:
        # Tried again soon; if the file is at fault, whoever commits hears of it.
        _log.warning("the database's log was not copied", error=type(error).__name__)
