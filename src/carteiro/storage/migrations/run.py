"""Running the migrations: the only module that loads Alembic."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from carteiro.errors import SchemaTooNew, StorageUnavailable, StorageUnusable
from carteiro.storage.drivers.postgres_errors import REFUSED
from carteiro.storage.drivers.sqlite import prepare_file
from carteiro.storage.drivers.sqlite_units import is_hopeless

_SCRIPTS = Path(__file__).parent


def migrate(url: str) -> None:
    """Bring the database behind a ``database_url`` to ``HEAD``. Raises ``StorageUnavailable``."""
    try:
        if url.startswith("sqlite:"):
            prepare_file(Path(url.removeprefix("sqlite:///")), create=True)
            engine = create_engine(url)
            with engine.begin() as connection:
                _upgrade(connection)
            engine.dispose()
        else:
            asyncio.run(_migrate_postgres(url))
    except CommandError as error:
        # The scripts of this version lead from no revision that the database could be at.
        raise SchemaTooNew from error
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        reason = str(getattr(cause, "__cause__", None) or cause).splitlines()[0]
        kind = StorageUnusable if _is_hopeless(cause) else StorageUnavailable
        raise kind(f"The database cannot be migrated: {reason}.") from error


async def _migrate_postgres(url: str) -> None:
    scheme, _, rest = url.partition("://")
    assert scheme in {"postgres", "postgresql"}
    engine = create_async_engine(f"postgresql+asyncpg://{rest}")
    async with engine.begin() as connection:
        # Two processes that migrate at once follow one another.
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(722002)")
        await connection.run_sync(_upgrade)
    await engine.dispose()


def _is_hopeless(cause: BaseException) -> bool:
    return is_hopeless(cause) or isinstance(cause.__cause__ or cause, REFUSED)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
