"""Roles in organizations outlive the update and the way back, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.testing.postgres import PostgresServer

BEFORE = "0009"
AFTER = "0010"
OLD = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO organizations (tenant_id, id, name, custom_data, is_mfa_required, color, branding,
                           created_at)
VALUES ('acme', 'o', 'O', '{}', FALSE, '{}', '{}', 5);
INSERT INTO users (tenant_id, id, profile, identities, custom_data, logto_config,
                   mfa_verifications, is_suspended, is_password_expired, created_at, updated_at)
VALUES ('acme', 'ana', '{}', '{}', '{}', '{}', '[]', FALSE, FALSE, 5, 5);
INSERT INTO organization_users (tenant_id, organization_id, user_id, created_at)
VALUES ('acme', 'o', 'ana', 5);
INSERT INTO organization_roles (tenant_id, id, name, type) VALUES ('acme', 'r', 'R', 'User');
INSERT INTO organization_roles (tenant_id, id, name, type) VALUES ('acme', 's', 'S', 'User');
INSERT INTO organization_user_roles (tenant_id, organization_id, user_id, organization_role_id,
                                     role_type)
VALUES ('acme', 'o', 'ana', 'r', 'User');
INSERT INTO organization_user_roles (tenant_id, organization_id, user_id, organization_role_id,
                                     role_type)
VALUES ('acme', 'o', 'ana', 's', 'User')
"""
HELD = "SELECT organization_role_id FROM organization_user_roles ORDER BY 1"


def config_of(link: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.attributes["connection"] = link
    return config


def held(link: Connection) -> list[str]:
    return [row[0] for row in link.execute(sa.text(HELD))]


def there_and_back(link: Connection) -> dict[str, Any]:
    """What is held at each step: a role's type changes between the update and the way back."""
    config = config_of(link)
    command.upgrade(config, BEFORE)
    for statement in OLD.split(";"):
        link.execute(sa.text(statement))
    command.upgrade(config, AFTER)
    updated = held(link)
    link.execute(sa.text("UPDATE organization_roles SET type = 'MachineToMachine' WHERE id = 'r'"))
    changed = held(link)
    indexes = {index["name"] for index in sa.inspect(link).get_indexes("organization_user_roles")}
    command.downgrade(config, BEFORE)
    back = held(link)
    command.upgrade(config, "head")
    return {"updated": updated, "changed": changed, "indexes": indexes, "back": back}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_roles_are_kept_and_may_change_their_type(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        with engine.begin() as link:
            found = there_and_back(link)
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        _, _, rest = server.dsn("from_before_machines").partition("://")
        remote = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with remote.begin() as opened:
            found = await opened.run_sync(there_and_back)
        await remote.dispose()

    assert found["updated"] == found["changed"] == ["r", "s"]
    assert "organization_user_roles_by_role" in found["indexes"]
    assert found["back"] == ["s"]
