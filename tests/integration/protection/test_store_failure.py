"""The limits live in the database of the messages: when it is away nothing is sent."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from carteiro.errors import StorageUnavailable
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.migrations.run import migrate
from carteiro.testing.outbox import Outbox, OutboxConnector
from carteiro.testing.postgres import PostgresServer

ANA = Asked(email="ana@example.com")


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[tuple[World, Outbox]]:
    settings = read_settings({}, database_url=url, secret_keys="test:" + "A" * 43 + "=")
    async with open_world(settings, None, [OutboxConnector]) as world:
        await create_connector(world, "default", NewConnector(connector_id="outbox"))
        await send_code(world, "default", ANA)
        _, connector = (await world.workspaces.of("default")).connector()
        assert isinstance(connector, OutboxConnector)
        yield world, connector.outbox


async def refuses(world: World) -> bool:
    """Whether a send fails for want of the database, and says so in the log."""
    with structlog.testing.capture_logs() as lines, pytest.raises(StorageUnavailable):
        await send_code(world, "default", ANA)
    return any(line["log_level"] == "error" for line in lines)


async def test_without_postgresql_nothing_is_counted_and_nothing_is_sent() -> None:
    server = PostgresServer()
    try:
        url = server.dsn("gone")
        await asyncio.to_thread(migrate, url)
        async with sending(url) as (world, outbox):
            server.halt()
            alarmed = await refuses(world)
            server.start()
    finally:
        server.stop()

    assert alarmed
    assert len(outbox.messages) == 1


async def test_with_a_locked_file_nothing_is_counted_and_nothing_is_sent(
    tmp_path: Path, migrated_file: Path
) -> None:
    path = tmp_path / "test.db"
    shutil.copy(migrated_file, path)
    async with sending(f"sqlite:///{path}") as (world, outbox):
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        alarmed = await refuses(world)
        holder.execute("ROLLBACK")
        holder.close()

    assert alarmed
    assert len(outbox.messages) == 1
