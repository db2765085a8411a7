"""What SQLite's planner is to believe of the tables: many rows, of few tenants.

Where it knows nothing it takes ten rows for what a tenant has of anything
(https://sqlite.org/fileformat2.html#stat1tab), and reads all of them in the order that is asked
for instead of looking for the few that are wanted and sorting those. So whoever signs in by name
would be looked for among everybody. What it is told here stays as it is while tables grow, and so
do its plans, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

_ROWS = 1_000_000
_OF_A_TENANT = 100_000
_WITH_SAME_VALUE = 10
_IN_A_STATE = 1_000
"""Rows in an index of those alone that are in some state, as waiting ones are; most soon leave."""


def state(connection: Connection) -> None:
    """Write down what is to be believed of each index; processes that start now believe it."""
    wanted = sorted(_believed(connection))
    held = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"
    if connection.exec_driver_sql(held).first():
        stated = "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx"
        if wanted == [tuple(row) for row in connection.exec_driver_sql(stated)]:
            return
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table, and counts nothing
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", wanted)


def _believed(connection: Connection) -> Iterator[tuple[str, str, str]]:
    indexes = connection.exec_driver_sql(
        'SELECT tables.name, indexes.name, indexes."unique", made.sql '
        "FROM sqlite_schema AS tables JOIN pragma_index_list(tables.name) AS indexes "
        "JOIN sqlite_schema AS made ON made.name = indexes.name "
        "WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    for table, index, unique, sql in indexes.fetchall():
        columns = connection.exec_driver_sql(
            "SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)
        )
        names = [name for (name,) in columns]
        _, _, condition = (sql or "").partition(" WHERE ")
        in_a_state = bool(condition) and "IS NOT NULL" not in condition
        counts = _counts(names, unique=bool(unique), in_a_state=in_a_state)
        yield table, index, f"{' '.join(map(str, counts))} noskipscan"


def _counts(columns: Sequence[str], *, unique: bool, in_a_state: bool) -> list[int]:
    """How many rows there are, and how many have the same first one, two, ... values."""
    counts = [_IN_A_STATE if in_a_state else _ROWS]
    for place, column in enumerate(columns):
        if unique and place == len(columns) - 1:
            counts.append(1)
        elif column == "tenant_id" and not in_a_state:
            counts.append(_OF_A_TENANT)
        else:
            counts.append(min(_WITH_SAME_VALUE, max(2, counts[-1] // 2)))
    return counts
