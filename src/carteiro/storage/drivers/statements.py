"""The named statements: one set of SQL for both databases, read once at import.

A ``.sql`` file stands beside the module that uses it and holds statements under
``-- name: topic.verb`` with a sentence on what each promises. Arguments are ``:named``. What
differs between the databases is the spelling of arguments, and that is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: ([a-z_.]+)$", re.MULTILINE)
_ARGUMENT = re.compile(r"(?<![:\w]):([a-z_]+)")
_LOCKS = re.compile(
    r"UPDATE (\w+) SET (\w+) = \2\s+(WHERE\b.*?)(?:\s+RETURNING\s+(.+))?", re.DOTALL
)
_WRITES = re.compile(r"^(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text with ``:named`` arguments, and their names as first met."""

    name: str
    sql: str
    arguments: tuple[str, ...]
    returns: bool
    """Whether it gives rows back."""
    sqlite: str
    """The text for SQLite, with ``?n`` arguments: names would be looked up at each execution.

    Beyond that it differs where a row is locked, and where it is put together from pieces.
    """
    sqlite_arguments: tuple[str, ...]

    @classmethod
    def of(cls, name: str, sql: str, *, sqlite: str | None = None) -> Statement:
        """A statement from its text, and from another one where SQLite needs it."""
        arguments = _arguments(sql)
        returns = not _WRITES.match(sql) or "RETURNING" in sql.split()
        other = _reading(sql if sqlite is None else sqlite)
        others = _arguments(other)
        return cls(name, sql, arguments, returns, _numbered(other, others, "?", 1), others)

    def numbered_from(self, first: int) -> str:
        """The text with ``$n`` arguments, counted from ``first``, as PostgreSQL has them."""
        return _numbered(self.sql, self.arguments, "$", first)


def _arguments(sql: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ARGUMENT.findall(sql)))


def _reading(sql: str) -> str:
    """What locks a row, by setting a column to itself, as SQLite does it: by reading the row.

    It has one writer, who needs no lock, and would look through all that refers to the row.
    """
    lock = _LOCKS.fullmatch(sql)
    if lock is None:
        return sql
    table, column, where, returned = lock.groups()
    return f"SELECT {returned or column} FROM {table} {where}"  # noqa: S608 - our own words


def _numbered(sql: str, arguments: Sequence[str], mark: str, first: int) -> str:
    numbers = {name: f"{mark}{place}" for place, name in enumerate(arguments, first)}
    return _ARGUMENT.sub(lambda match: numbers[match[1]], sql)


def _read() -> Mapping[str, Statement]:
    found = {}
    for path in sorted(Path(__file__).parents[1].glob("*/*.sql")):
        parts = _NAME.split(path.read_text("utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            found[name] = Statement.of(name, "\n".join(lines).strip().rstrip(";"))
    return found


STATEMENTS = _read()


def statement_of(which: str | Statement) -> Statement:
    """A named statement, or one that was put together."""
    return STATEMENTS[which] if isinstance(which, str) else which


@cache
def numbered(which: str) -> str:
    """A named statement as PostgreSQL takes it."""
    return STATEMENTS[which].numbered_from(1)


@cache
def together(names: tuple[str, ...]) -> str:
    """One statement for PostgreSQL that runs several writes: all of them or none, in one trip."""
    parts, first = [], 1
    for place, name in enumerate(names):
        statement = STATEMENTS[name]
        text = statement.numbered_from(first)
        parts.append(f"s{place} AS ({text if statement.returns else text + ' RETURNING 1'})")
        first += len(statement.arguments)
    return f"WITH {', '.join(parts)} SELECT 1"


@cache
def answering(names: tuple[str, ...]) -> str:
    """The same, with the first value that each of them gives back."""
    places = range(len(names))
    firsts = [f"(SELECT first FROM s{place} AS s{place} (first) LIMIT 1)" for place in places]  # noqa: S608 - our own words
    return f"{together(names).removesuffix(' SELECT 1')} SELECT {', '.join(firsts)}"


@cache
def asking(statements: tuple[Statement, ...]) -> str:
    """One statement for PostgreSQL that asks several; the rows of each are one JSON array."""
    parts, first = [], 1
    for place, statement in enumerate(statements):
        parts.append(f"s{place} AS ({statement.numbered_from(first)})")
        first += len(statement.arguments)
    places = range(len(statements))
    rows = [f"(SELECT json_agg(s{place}) FROM s{place})" for place in places]  # noqa: S608 - our own words
    return f"WITH {', '.join(parts)} SELECT {', '.join(rows)}"
