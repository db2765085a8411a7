"""Looking for something secret in everything that a deployment leaves behind."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import asyncpg

_TABLES = (
    "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name "
    "FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
    "AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)
_FILES = ("", "-wal", "-journal")


async def stored(url: str) -> bytes:
    """Every column of every row of every table; of SQLite the bytes of its files, too."""
    if url.startswith("sqlite:///"):
        return b"\n".join(_of_sqlite(Path(url.removeprefix("sqlite:///"))))
    link = await asyncpg.connect(url)
    try:
        tables = [row["name"] for row in await link.fetch(_TABLES)]
        rows = [await link.fetch(f"SELECT one::text AS whole FROM {name} one") for name in tables]
    finally:
        await link.close()
    return "\n".join(row["whole"] for table in rows for row in table).encode()


def _of_sqlite(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(path, timeout=10)) as link:
        # Text of what was not UTF-8 is looked at as it is, too.
        link.text_factory = bytes
        tables = link.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            for row in link.execute(f'SELECT * FROM "{name.decode()}"'):
                yield from (value for value in row if isinstance(value, bytes))
    for file in (path.with_name(path.name + end) for end in _FILES):
        if file.exists():
            yield file.read_bytes()


def spellings(value: str) -> Iterator[bytes]:
    """A value as it is, in lower case, in hex, and inside something longer in base64."""
    plain = value.encode()
    yield from {plain, value.lower().encode(), plain.hex().encode()}
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(shift) + plain)
        yield text[skipped : (shift + len(plain)) * 8 // 6]


def found(secrets: Iterable[str], places: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Which secret is to be read in which place, however it is written there."""
    return {
        (secret, place)
        for secret in secrets
        for place, content in places.items()
        if any(spelling in content for spelling in spellings(secret))
    }
