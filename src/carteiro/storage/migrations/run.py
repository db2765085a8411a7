"""Running the migrations: the only module that loads Alembic."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError

from carteiro.errors import SchemaTooNew
from carteiro.storage.drivers.sqlite import prepare_file
from carteiro.storage.drivers.sqlite_units import is_hopeless
from carteiro.storage.migrations import sqlite_statistics
from carteiro.storage.migrations.failing import failure

_SCRIPTS = Path(__file__).parent


def migrate(url: str) -> None:
    """Bring the database behind a ``database_url`` to ``HEAD``. Raises ``StorageUnavailable``."""
    try:
        if url.startswith("sqlite:"):
            prepare_file(Path(url.removeprefix("sqlite:///")), create=True)
            engine = create_engine(url)
            with engine.begin() as connection:
                _upgrade(connection)
                sqlite_statistics.state(connection)
            engine.dispose()
        else:
            # The driver is of an extra that the embedded default does without.
            from carteiro.storage.migrations.postgres import migrate_postgres  # noqa: PLC0415

            asyncio.run(migrate_postgres(url, _upgrade))
    except CommandError as error:
        # The scripts of this version lead from no revision that the database could be at.
        raise SchemaTooNew from error
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise failure(cause, hopeless=is_hopeless(cause)) from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
