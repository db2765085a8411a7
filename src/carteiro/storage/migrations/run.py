"""Running the migrations: the only module that loads Alembic."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from carteiro.errors import StorageUnavailable

_SCRIPTS = Path(__file__).parent


def migrate(url: str) -> None:
    """Bring the database behind a ``database_url`` to ``HEAD``. Raises ``StorageUnavailable``."""
    try:
        if url.startswith("sqlite:"):
            engine = create_engine(url)
            with engine.begin() as connection:
                _upgrade(connection)
            engine.dispose()
        else:
            asyncio.run(_migrate_postgres(url))
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise StorageUnavailable(f"The database cannot be migrated: {reason}") from error


async def _migrate_postgres(url: str) -> None:
    scheme, _, rest = url.partition("://")
    assert scheme in {"postgres", "postgresql"}
    engine = create_async_engine(f"postgresql+asyncpg://{rest}")
    async with engine.begin() as connection:
        # Two processes that migrate at once follow one another.
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(722002)")
        await connection.run_sync(_upgrade)
    await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
