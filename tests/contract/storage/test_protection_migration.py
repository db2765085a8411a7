"""What an update brings to a database that has tenants and failures already, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.model.management import DESCRIPTIONS
from carteiro.testing.postgres import PostgresServer

BEFORE = "0004"
OLD = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO resources
    (tenant_id, id, name, indicator, is_default, access_token_ttl, created_at)
VALUES ('acme', 'management-api', 'M', 'https://acme.logto.app/api', FALSE, 60, 5);
INSERT INTO failure_budgets (tenant_id, recipient_hash, failures, since)
VALUES ('acme', 'r', 3, 7)
"""


def updated(connection: Connection) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The scopes and the failures after an update from a revision with rows in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)
    for statement in OLD.split(";"):
        connection.execute(text(statement))
    command.upgrade(config, "head")
    scopes = connection.execute(
        text("SELECT name, id, description FROM scopes WHERE tenant_id = 'acme'")
    )
    failures = connection.execute(text("SELECT failures, since, last_at FROM failure_budgets"))
    return {row[0]: tuple(row[1:]) for row in scopes}, tuple(failures.one())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_old_tenants_get_the_scopes_and_old_failures_delay_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        with engine.begin() as connection:
            scopes, failures = updated(connection)
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        _, _, rest = server.dsn("from_before_protection").partition("://")
        remote = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with remote.begin() as link:
            scopes, failures = await link.run_sync(updated)
        await remote.dispose()

    assert scopes == {scope.value: (scope.id, DESCRIPTIONS[scope]) for scope in DESCRIPTIONS}
    assert failures == (3, 7, 0)
