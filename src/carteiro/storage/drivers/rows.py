"""Rows of a database as values, and a page of them with how many there are."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_type_hints

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.statements import Statement

T = TypeVar("T")
_EVERYTHING = Page(1, 2**31)
_Convert = Callable[[Any], Any]


def value_of(kind: Callable[..., T], row: Row) -> T:
    """A row as a dataclass whose members are called as its columns; further columns are left.

    Databases give what they have for a ``bool``, ``bytes`` or an enumeration; it becomes that.
    """
    return kind(
        **{
            name: row[name] if convert is None else convert(row[name])
            for name, convert in _columns(kind)
        }
    )


async def part_of(
    tx: Transaction,
    rows: str | Statement,
    count: str | Statement,
    page: Page | None,
    kind: Callable[..., T],
    **arguments: Any,
) -> Part[T]:
    """A page of what a statement finds, or all of it, and the ``total`` of the one that counts."""
    part = page or _EVERYTHING
    found = await tx.all(rows, **arguments, page_size=part.size, page_offset=part.offset)
    counted = await tx.one(count, **arguments)
    assert counted is not None
    return Part([value_of(kind, row) for row in found], counted["total"])


def octets(value: bytes | str) -> bytes:
    """Bytes as a row has them; one that was asked together with others has PostgreSQL's text."""
    return bytes.fromhex(value.removeprefix("\\x")) if isinstance(value, str) else bytes(value)


@cache
def _columns(kind: Callable[..., Any]) -> tuple[tuple[str, _Convert | None], ...]:
    return tuple((name, _conversion(hint)) for name, hint in get_type_hints(kind).items())


def _conversion(hint: Any) -> _Convert | None:
    wanted = isinstance(hint, type) and issubclass(hint, bool | bytes | Enum)
    return hint if wanted else None
