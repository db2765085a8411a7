"""The schema's history. Looking whether a database is current loads no migration tool."""

from __future__ import annotations

from carteiro.errors import SchemaOutdated, SchemaTooNew
from carteiro.storage.drivers import health
from carteiro.storage.drivers.database import Database, Transaction

HEAD = "0012"
"""The revision that this version of Carteiro works with."""


async def require_current(database: Database) -> None:
    """Check that the schema is at ``HEAD``. Raises ``SchemaOutdated``, ``StorageUnavailable``."""

    async def work(tx: Transaction) -> str | None:
        return await health.revision(tx)

    found = await database.read(work)
    if found is None or found < HEAD:
        raise SchemaOutdated
    if found > HEAD:
        raise SchemaTooNew(
            f"The database is at revision {found}, this version knows {HEAD}: it is too old for it."
        )
