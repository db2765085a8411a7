"""What is held of a person is read, counted and erased, some rows of one table at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.holdings import Holding, Traces


async def page(
    tx: Transaction, holding: Holding, traces: Traces, after: Row | None, most: int
) -> list[Row]:
    """At most ``most`` rows of a person behind a row, in the order of the table's key."""
    values = traces.arguments()
    if after is not None:
        values |= {f"after_{name}": after[name] for name in holding.key}
    statement = _page(holding, first=after is None)
    wanted = {name: values[name] for name in statement.arguments if name != "most"}
    return await tx.all(statement, **wanted, most=most)


async def erase(tx: Transaction, holding: Holding, traces: Traces, most: int) -> int:
    """Delete at most ``most`` of a person's rows, or their name in them; how many that were."""
    statement = _erasing(holding)
    values = traces.arguments()
    wanted = {name: values[name] for name in statement.arguments if name != "most"}
    return len(await tx.all(statement, **wanted, most=most))


async def counted(tx: Transaction, holding: Holding, traces: Traces) -> int:
    """How many rows of a person there are."""
    statement = Statement.of(
        "held.count",
        f"SELECT COUNT(*) AS total FROM {holding.table} "  # noqa: S608 - fixed pieces
        f"WHERE tenant_id = :tenant_id AND {holding.whose}",
    )
    values = traces.arguments()
    row = await tx.one(statement, **{name: values[name] for name in statement.arguments})
    assert row is not None
    total: int = row["total"]
    return total


@cache
def _page(holding: Holding, *, first: bool) -> Statement:
    columns = ", ".join(dict.fromkeys((*_quoted(holding.key), *_quoted(holding.shown))))
    key = ", ".join(_quoted(holding.key))
    behind = ", ".join(f":after_{name}" for name in holding.key)
    further = "" if first else f" AND ({key}) > ({behind})"
    return Statement.of(
        "held.page",
        f"SELECT {columns} FROM {holding.table} "  # noqa: S608 - fixed pieces
        f"WHERE tenant_id = :tenant_id AND {holding.whose}{further} ORDER BY {key} LIMIT :most",
    )


@cache
def _erasing(holding: Holding) -> Statement:
    key = ", ".join(_quoted(holding.key))
    erase = f"DELETE FROM {holding.table}"  # noqa: S608 - fixed pieces
    if holding.author is not None:
        erase = f"UPDATE {holding.table} SET {holding.author} = NULL"  # noqa: S608 - fixed pieces
    return Statement.of(
        "held.erase",
        f"{erase} WHERE (tenant_id, {key}) IN "  # noqa: S608 - fixed pieces
        f"(SELECT tenant_id, {key} FROM {holding.table} "
        f"WHERE tenant_id = :tenant_id AND {holding.whose} LIMIT :most) "
        f"RETURNING {_quoted(holding.key)[0]}",
    )


def _quoted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f'"{name}"' for name in names)
