"""Templates and connectors of before are revision 1 after an update, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.testing.postgres import PostgresServer

BEFORE = "0015"
OLD = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO email_templates (tenant_id, id, language_tag, template_type, details, created_at)
VALUES ('acme', 't', 'en', 'SignIn', '{"subject": "S"}', 7);
INSERT INTO connectors (tenant_id, id, type, connector_id, config_sealed, metadata, sync_profile,
                        enable_token_storage, created_at)
VALUES ('acme', 'c', 'Email', 'x', CAST('first' AS {octets}), '{}', FALSE, FALSE, 8);
INSERT INTO fallback_connectors (tenant_id, id, position, connector_id, config_sealed, limits,
                                 created_at)
VALUES ('acme', 'f', 1, 'x', CAST('further' AS {octets}), '{}', 9)
"""
_TEMPLATES = (
    "SELECT template_id, number, details, note, user_id, application_id, created_at "
    "FROM template_revisions"
)
_CONFIGS = (
    "SELECT connector_id, number, config_sealed, created_at FROM connector_revisions ORDER BY 1"
)


def _at(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.attributes["connection"] = connection
    return config


def updated(connection: Connection) -> dict[str, Any]:
    """What is there after an update, and after going back."""
    config = _at(connection)
    command.upgrade(config, BEFORE)
    octets = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    for statement in OLD.replace("{octets}", octets).split(";"):
        connection.exec_driver_sql(statement)
    command.upgrade(config, "0016")

    def rows(query: str) -> list[tuple[Any, ...]]:
        found = [tuple(row) for row in connection.execute(text(query))]
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found]

    after = {
        "templates": rows("SELECT id, revision, latest FROM email_templates"),
        "revisions": rows(_TEMPLATES),
        "connectors": rows("SELECT id, revision FROM connectors"),
        "further": rows("SELECT id, revision FROM fallback_connectors"),
        "configs": rows(_CONFIGS),
    }
    command.downgrade(config, BEFORE)
    after["back"] = [
        *rows("SELECT id, details FROM email_templates"),
        *rows("SELECT id, config_sealed FROM connectors"),
        *rows("SELECT id, config_sealed FROM fallback_connectors"),
    ]
    return after


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_is_there_becomes_the_first_revision_and_can_go_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        with engine.begin() as connection:
            after = updated(connection)
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        _, _, rest = server.dsn("from_before_revisions").partition("://")
        remote = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with remote.begin() as link:
            after = await link.run_sync(updated)
        await remote.dispose()

    assert after == {
        "templates": [("t", 1, 1)],
        "revisions": [("t", 1, '{"subject": "S"}', None, None, None, 7)],
        "connectors": [("c", 1)],
        "further": [("f", 1)],
        "configs": [("c", 1, b"first", 8), ("f", 1, b"further", 9)],
        "back": [("t", '{"subject": "S"}'), ("c", b"first"), ("f", b"further")],
    }
