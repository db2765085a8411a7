"""Walking over everything that is sealed, in bounded steps, and replacing a value by its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.statements import Statement


@dataclass(frozen=True)
class Column:
    """A column of sealed values: its table, and the columns that name a row of it.

    They are of text but for those that are ``numbers`` from 0. ``waiting`` is what holds for rows
    that have a value where most have none any more; an index finds them.
    """

    table: str
    name: str
    key: tuple[str, ...]
    waiting: str | None = None
    numbers: tuple[str, ...] = ()

    @cached_property
    def _names(self) -> str:
        return ", ".join(self.key)

    @cached_property
    def page(self) -> Statement:
        """The next rows after a key, those without a value too: what is read is bounded."""
        after = ", ".join(f":{name}" for name in self.key)
        return Statement.of(
            f"sealed.page.{self.table}.{self.name}",
            f"SELECT {self._names}, {self.name} AS sealed "  # noqa: S608 - names of ours
            f"FROM {self.table} WHERE ({self._names}) > ({after}) "
            f"ORDER BY {self._names} LIMIT :most",
        )

    @cached_property
    def some(self) -> Statement:
        """Any values that are there."""
        return Statement.of(
            f"sealed.some.{self.table}.{self.name}",
            f"SELECT {self._names}, {self.name} AS sealed "  # noqa: S608 - as above
            f"FROM {self.table} WHERE {self.waiting or f'{self.name} IS NOT NULL'} LIMIT :most",
        )

    @cached_property
    def swap(self) -> Statement:
        """One value for another, unless somebody else was quicker."""
        row = " AND ".join(f"{name} = :{name}" for name in self.key)
        return Statement.of(
            f"sealed.swap.{self.table}.{self.name}",
            f"UPDATE {self.table} SET {self.name} = :fresh "  # noqa: S608 - as above
            f"WHERE {row} AND {self.name} = :sealed RETURNING 1 AS done",
        )


async def page(tx: Transaction, column: Column, after: Row | None, most: int) -> list[Row]:
    """At most ``most`` rows behind another one, with ``sealed`` beside what names them."""
    first = {name: -1 if name in column.numbers else "" for name in column.key}
    keys = first if after is None else {name: after[name] for name in column.key}
    return await tx.all(column.page, **keys, most=most)


async def some(tx: Transaction, column: Column, most: int) -> list[Row]:
    """At most ``most`` rows that have a value."""
    return await tx.all(column.some, most=most)


async def swap(tx: Transaction, column: Column, row: Mapping[str, object], fresh: bytes) -> bool:
    """Replace the value that was read; false when the row has another one by now, or is gone."""
    return await tx.one(column.swap, **dict(row), fresh=fresh) is not None
