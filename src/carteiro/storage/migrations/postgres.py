"""Migrating PostgreSQL: loaded only where there is one, for its driver is an extra."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from carteiro.storage.drivers.postgres_errors import REFUSED
from carteiro.storage.drivers.sqlite_units import is_hopeless
from carteiro.storage.migrations.failing import failure


async def migrate_postgres(url: str, upgrade: Callable[[Connection], None]) -> None:
    """Run ``upgrade``; two processes that migrate at once follow one another."""
    scheme, _, rest = url.partition("://")
    assert scheme in {"postgres", "postgresql"}
    engine = create_async_engine(f"postgresql+asyncpg://{rest}")
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(722002)")
            await connection.run_sync(upgrade)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        hopeless = is_hopeless(cause) or isinstance(cause.__cause__ or cause, REFUSED)
        raise failure(cause, hopeless=hopeless) from error
    await engine.dispose()
