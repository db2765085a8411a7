"""Templates of overrides of before are revision 1 after an update, and can go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.testing.postgres import PostgresServer

BEFORE, ITS = "0021", "0022"
OLD = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO organizations (tenant_id, id, name, custom_data, is_mfa_required, color, branding,
    created_at) VALUES ('acme', 'org', 'O', '{}', FALSE, '{}', '{}', 5);
INSERT INTO applications (tenant_id, id, name, type, custom_data, created_at)
VALUES ('acme', 'app', 'A', 'Traditional', '{}', 5);
INSERT INTO email_templates (tenant_id, id, language_tag, template_type, created_at, revision,
    latest) VALUES ('acme', 't', 'en', 'SignIn', 7, 3, 3), ('acme', 'd', 'fr', 'SignIn', 7, NULL, 0);
INSERT INTO template_revisions (tenant_id, template_id, number, details, created_at)
VALUES ('acme', 't', 2, '{"n": 2}', 7), ('acme', 't', 3, '{"n": 3}', 8), ('acme', 'd', 0, '{}', 9);
INSERT INTO mail_overrides (tenant_id, id, organization_id, application_id, created_at)
VALUES ('acme', 'x', 'org', NULL, 5), ('acme', 'y', NULL, 'app', 5);
INSERT INTO mail_override_templates
    (tenant_id, id, override_id, language_tag, template_type, details, created_at)
VALUES ('acme', 'o', 'x', 'en', 'SignIn', '{"of": "org"}', 11),
       ('acme', 'a', 'y', 'en', 'SignIn', '{"of": "app"}', 12)
"""
CHANGED = """
INSERT INTO template_revisions (tenant_id, template_id, number, details, created_at)
VALUES ('acme', 'o', 2, '{"of": "org", "n": 2}', 13), ('acme', 'a', 2, NULL, 14);
UPDATE email_templates SET revision = 2, latest = 2 WHERE id = 'o';
UPDATE email_templates SET revision = NULL, latest = 2 WHERE id = 'a'
"""
_A_SECOND_TIME = (
    "INSERT INTO email_templates (tenant_id, id, organization_id, language_tag, template_type, "
    "created_at, latest) VALUES ('acme', 'z', 'org', 'en', 'SignIn', 5, 0)"
)
_OF_BOTH = (
    "INSERT INTO email_templates (tenant_id, id, organization_id, application_id, language_tag, "
    "template_type, created_at, latest) VALUES ('acme', 'z', 'org', 'app', 'it', 'SignIn', 5, 0)"
)
_OF_NOBODY = _A_SECOND_TIME.replace("'org'", "'nobody'")


def run(connection: Connection, statements: str) -> None:
    for statement in statements.split(";"):
        connection.exec_driver_sql(statement)


def there_and_back(connection: Connection) -> dict[str, Any]:
    """What is there after the update, and after it was taken back."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(text(query))]

    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)
    run(connection, OLD)
    command.upgrade(config, ITS)
    seen = {
        "templates": rows(
            "SELECT id, owner, revision, latest, created_at FROM email_templates ORDER BY id"
        ),
        "revisions": rows(
            "SELECT template_id, number, details FROM template_revisions ORDER BY 1, 2"
        ),
    }
    # SQLite's migrations do not look at what refers to what.
    strangers = [] if connection.dialect.name == "sqlite" else [_OF_NOBODY]
    for refused in (_A_SECOND_TIME, _OF_BOTH, *strangers):
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.exec_driver_sql(refused)
    run(connection, CHANGED)
    command.downgrade(config, BEFORE)
    return {
        **seen,
        "back": rows(
            "SELECT id, override_id, language_tag, template_type, details, created_at "
            "FROM mail_override_templates"
        ),
        "own": rows("SELECT id, revision, latest FROM email_templates ORDER BY id"),
        "left": rows("SELECT template_id, number FROM template_revisions ORDER BY 1, 2"),
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_overrides_template_becomes_a_first_revision_and_what_is_live_can_go_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        with engine.begin() as connection:
            found = there_and_back(connection)
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        _, _, rest = server.dsn("from_before_owners").partition("://")
        remote = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with remote.begin() as link:
            found = await link.run_sync(there_and_back)
        await remote.dispose()

    assert found == {
        "templates": [
            ("a", "application/app", 1, 1, 12),
            ("d", "", None, 0, 7),
            ("o", "organization/org", 1, 1, 11),
            ("t", "", 3, 3, 7),
        ],
        "revisions": [
            ("a", 1, '{"of": "app"}'),
            ("d", 0, "{}"),
            ("o", 1, '{"of": "org"}'),
            ("t", 2, '{"n": 2}'),
            ("t", 3, '{"n": 3}'),
        ],
        "back": [("o", "x", "en", "SignIn", '{"of": "org", "n": 2}', 11)],
        "own": [("d", None, 0), ("t", 3, 3)],
        "left": [("d", 0), ("t", 2), ("t", 3)],
    }
