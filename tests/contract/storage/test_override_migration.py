"""Further connectors of before an update are everybody's, and stay when it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.testing.postgres import PostgresServer

BEFORE, ITS = "0016", "0017"
OLD = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO organizations (tenant_id, id, name, custom_data, is_mfa_required, color, branding,
    created_at) VALUES ('acme', 'org', 'O', '{}', FALSE, '{}', '{}', 5);
INSERT INTO fallback_connectors (tenant_id, id, position, connector_id, limits, created_at)
VALUES ('acme', 'old', 1, 'http-email', '{}', 5);
INSERT INTO connector_revisions (tenant_id, connector_id, number, config_sealed, created_at)
VALUES ('acme', 'old', 1, '', 5), ('acme', 'first', 1, '', 5)
"""
NEW = """
INSERT INTO fallback_connectors
    (tenant_id, id, position, connector_id, limits, created_at, reserved)
VALUES ('acme', 'new', 1, 'http-email', '{}', 5, TRUE);
INSERT INTO connector_revisions (tenant_id, connector_id, number, config_sealed, created_at)
VALUES ('acme', 'new', 0, '', 5), ('acme', 'new', 1, '', 5);
INSERT INTO mail_overrides (tenant_id, id, organization_id, connector_id, created_at)
VALUES ('acme', 'x', 'org', 'new', 5);
INSERT INTO mail_override_templates
    (tenant_id, id, override_id, language_tag, template_type, details, created_at)
VALUES ('acme', 't', 'x', 'en', 'SignIn', '{}', 5)
"""
_OF_NOBODY = "INSERT INTO mail_overrides (tenant_id, id, created_at) VALUES ('acme', 'y', 5)"
_KINDS = "SELECT id, reserved FROM fallback_connectors ORDER BY id"


def run(connection: Connection, statements: str) -> None:
    for statement in statements.split(";"):
        connection.execute(text(statement))


def there_and_back(
    connection: Connection,
) -> tuple[list[tuple[str, bool]], list[str], list[str]]:
    """Which further connectors there are after the update, and after it was taken back.

    Then also of which connectors configs are left.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)
    run(connection, OLD)
    command.upgrade(config, ITS)
    run(connection, NEW)
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(text(_OF_NOBODY))
    updated = [(row[0], bool(row[1])) for row in connection.execute(text(_KINDS))]
    command.downgrade(config, BEFORE)
    left = connection.execute(text("SELECT id FROM fallback_connectors"))
    kept = connection.execute(text("SELECT connector_id FROM connector_revisions ORDER BY 1"))
    return updated, [row[0] for row in left], [row[0] for row in kept]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_there_is_everybodys_and_what_is_reserved_goes_back_to_nobody(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        with engine.begin() as connection:
            updated, left, kept = there_and_back(connection)
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        _, _, rest = server.dsn("from_before_overrides").partition("://")
        remote = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with remote.begin() as link:
            updated, left, kept = await link.run_sync(there_and_back)
        await remote.dispose()

    assert updated == [("new", True), ("old", False)]
    assert left == ["old"]
    assert kept == ["first", "old"]
