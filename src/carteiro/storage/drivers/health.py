"""What ``doctor`` and the start ask of a database."""

from __future__ import annotations

from datetime import UTC, datetime

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement


async def now(tx: Transaction) -> int:
    """The database's clock in milliseconds since the epoch, to the second."""
    row = await tx.one("health.now")
    assert row is not None
    value = row["now"]
    if isinstance(value, str):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return int(value.timestamp() * 1000)


async def revision(tx: Transaction) -> str | None:
    """The schema's revision."""
    row = await tx.one("health.revision")
    return row["version_num"] if row else None


async def finds_people(tx: Transaction) -> bool:
    """Whether the indexes are there that find a text anywhere in a column; SQLite has none."""
    return await tx.one(_SEARCH_INDEX) is not None


_SEARCH_INDEX = Statement.of(
    "health.search_index",
    "SELECT 1 AS there FROM pg_indexes WHERE indexname = 'users_search_name'",
    sqlite="SELECT 1 AS there",
)
