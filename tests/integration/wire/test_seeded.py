"""What every tenant starts with, in a new database and in one of an earlier version."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.flows.administer.access.resources import list_resources, scopes_of
from carteiro.model.management import DESCRIPTIONS
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.migrations.run import migrate

NAME = "Logto Management API"
DESCRIPTION = "Default scope for Management API, allows all permissions."


async def test_the_management_api_is_called_as_clients_look_for_it(
    client: httpx.AsyncClient,
) -> None:
    [resource] = (await client.get("/api/resources?includeScopes=true")).json()

    assert (resource["name"], resource["indicator"]) == (NAME, "https://default.logto.app/api")
    [whole, *parts] = [(scope["name"], scope["description"]) for scope in resource["scopes"]]
    assert whole == ("all", DESCRIPTION)
    assert dict(parts) == DESCRIPTIONS


def before_it_was_renamed(url: str) -> None:
    """Take a database back to what it was before the revision."""

    def back(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(package.__file__).parent))
        config.attributes["connection"] = connection
        revision = ScriptDirectory.from_config(config).get_revision("0007")
        assert revision is not None
        command.downgrade(config, str(revision.down_revision))

    if url.startswith("sqlite:"):
        engine = create_engine(url)
        with engine.begin() as connection:
            back(connection)
        engine.dispose()
        return

    async def back_there() -> None:
        there = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1))
        async with there.begin() as connection:
            await connection.run_sync(back)
        await there.dispose()

    asyncio.run(back_there())


async def names(url: str) -> tuple[str, str | None]:
    """The names of the seeded rows, after the tenant was opened as ``serve`` does."""
    settings = read_settings(
        {}, database_url=url, secret_keys="test:" + "A" * 43 + "=", egress_guard=False
    )
    async with open_world(settings) as world:
        rows = (await list_resources(world, "default", None)).rows
        scopes = await scopes_of(world, "default", rows)
        return rows[0].name, scopes[rows[0].id][0].description


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_an_earlier_version_is_renamed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'seeded.db'}"
    else:
        url = request.getfixturevalue("postgres").dsn("seeded")
    migrate(url)
    asyncio.run(names(url))
    before_it_was_renamed(url)

    migrate(url)

    assert asyncio.run(names(url)) == (NAME, DESCRIPTION)
