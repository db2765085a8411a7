"""Codes in somebody's own database, through any DB-API 2.0 driver (PEP 249).

SQLite (3.35 and newer) and PostgreSQL understand the statements. Each method is one short
transaction in a thread.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar

from carteiro.model.kept_code import KeptCode

R = TypeVar("R")
Lend = Callable[[], AbstractContextManager[Any]]
_NAME = re.compile(r":(\w+)")
_STYLES = {"named": r":\1", "pyformat": r"%(\1)s"}

_CODES = (
    "CREATE TABLE IF NOT EXISTS carteiro_codes (slot CHAR(32) PRIMARY KEY, salt CHAR(32) NOT NULL, "
    "digest CHAR(64) NOT NULL, created_at BIGINT NOT NULL, tries INTEGER NOT NULL)"
)
_FAILURES = (
    "CREATE TABLE IF NOT EXISTS carteiro_failures (identifier CHAR(32) PRIMARY KEY, "
    "failures INTEGER NOT NULL, since BIGINT NOT NULL)"
)
_PUT = (
    "INSERT INTO carteiro_codes (slot, salt, digest, created_at, tries) "
    "VALUES (:slot, :salt, :digest, :created_at, 0) ON CONFLICT (slot) DO UPDATE SET "
    "salt = excluded.salt, digest = excluded.digest, created_at = excluded.created_at, tries = 0"
)
"""An older code of the slot is gone."""
_GET = (
    "SELECT c.salt, c.digest, c.created_at, c.tries, f.failures, f.since FROM carteiro_codes c "
    "LEFT JOIN carteiro_failures f ON f.identifier = :identifier WHERE c.slot = :slot"
)
_TAKE = (
    "DELETE FROM carteiro_codes "
    "WHERE slot = :slot AND digest = :digest AND tries < :max_tries RETURNING slot"
)
"""True for one caller: a row is deleted once."""
_FORGIVE = "DELETE FROM carteiro_failures WHERE identifier = :identifier"
_MISS = (
    "UPDATE carteiro_codes SET tries = tries + 1 "
    "WHERE slot = :slot AND digest = :digest AND tries < :max_tries RETURNING slot"
)
"""Never more than ``max_tries``, however many come at once."""
_CHARGE = (
    "INSERT INTO carteiro_failures (identifier, failures, since) VALUES (:identifier, 1, :now) "
    "ON CONFLICT (identifier) DO UPDATE SET "
    "failures = CASE WHEN carteiro_failures.since <= :over THEN 1 "
    "ELSE carteiro_failures.failures + 1 END, "
    "since = CASE WHEN carteiro_failures.since <= :over THEN :now "
    "ELSE carteiro_failures.since END"
)
"""A window that is over begins anew."""
_DISCARD = "DELETE FROM carteiro_codes WHERE created_at < :before RETURNING slot"
_DISCARD_FAILURES = "DELETE FROM carteiro_failures WHERE since < :before"


class SqlCodeStore:
    """Keeps codes in two tables, ``carteiro_codes`` and ``carteiro_failures``.

    ``lend`` gives a context manager around an open connection, such as
    ``lambda: closing(sqlite3.connect("app.db"))`` or the ``connection`` of psycopg's pool. The
    store commits. ``style`` is the driver's way to write parameters: ``named`` for ``sqlite3``,
    ``pyformat`` for psycopg.

    >>> import asyncio, secrets, sqlite3, tempfile
    >>> from contextlib import closing
    >>> from carteiro import Codes, SqlCodeStore
    >>> async def proves(path: str) -> None:
    ...     store = SqlCodeStore(lambda: closing(sqlite3.connect(path)))
    ...     await store.create_tables()
    ...     codes = Codes(store, secrets.token_bytes(32))
    ...     code = await codes.issue("sign-in", "ana@example.com")
    ...     await codes.redeem("sign-in", "ana@example.com", code)
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     asyncio.run(proves(file.name))
    """

    def __init__(self, lend: Lend, *, style: Literal["named", "pyformat"] = "named") -> None:
        self._lend = lend
        self._style = _STYLES[style]

    async def create_tables(self) -> None:
        """Make the tables where they are missing."""

        def work(run: _Run) -> None:
            for statement in (_CODES, _FAILURES):
                run(statement, {})

        await self._transaction(work)

    async def put(self, slot: str, *, salt: str, digest: str, created_at: int) -> None:
        values = {"slot": slot, "salt": salt, "digest": digest, "created_at": created_at}
        await self._transaction(lambda run: run(_PUT, values))

    async def get(self, slot: str, identifier: str) -> KeptCode | None:
        values = {"slot": slot, "identifier": identifier}
        row = await self._transaction(lambda run: run(_GET, values).fetchone())
        if row is None:
            return None
        salt, digest, created_at, tries, failures, since = row
        return KeptCode(
            salt=salt,
            digest=digest,
            created_at=created_at,
            tries=tries,
            failures=failures or 0,
            since=since or 0,
        )

    async def take(self, slot: str, digest: str, *, identifier: str, max_tries: int) -> bool:
        values = {"slot": slot, "digest": digest, "max_tries": max_tries}

        def work(run: _Run) -> bool:
            won = run(_TAKE, values).fetchone() is not None
            if won:
                run(_FORGIVE, {"identifier": identifier})
            return won

        return await self._transaction(work)

    async def miss(
        self, slot: str, digest: str, *, identifier: str, max_tries: int, now: int, window: int
    ) -> bool:
        values = {"slot": slot, "digest": digest, "max_tries": max_tries}

        def work(run: _Run) -> bool:
            counted = run(_MISS, values).fetchone() is not None
            if counted:
                run(_CHARGE, {"identifier": identifier, "now": now, "over": now - window})
            return counted

        return await self._transaction(work)

    async def discard(self, *, before: int) -> int:
        def work(run: _Run) -> int:
            run(_DISCARD_FAILURES, {"before": before})
            return len(run(_DISCARD, {"before": before}).fetchall())

        return await self._transaction(work)

    async def _transaction(self, work: Callable[[_Run], R]) -> R:
        def transact() -> R:
            with self._lend() as connection:
                cursor = connection.cursor()

                def run(statement: str, values: Mapping[str, Any]) -> Any:
                    cursor.execute(_NAME.sub(self._style, statement), values)
                    return cursor

                try:
                    done = work(run)
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
                return done

        return await asyncio.to_thread(transact)


_Run = Callable[[str, Mapping[str, Any]], Any]
