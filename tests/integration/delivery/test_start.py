"""Starting while the database is away: waited for, said once, and given up only for a reason."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import pytest

from carteiro.errors import SchemaOutdated, StorageUnavailable, StorageUnusable
from carteiro.flows.operate.keys.holding import holding_keys
from carteiro.runtime.databases import open_database
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Database
from carteiro.storage.drivers.patience import Patience, patiently
from carteiro.storage.drivers.postgres_errors import opening_error
from carteiro.storage.tenancy import keys
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import PostgresServer, free_port

from .conftest import Post, eventually
from .test_operations import carteiro, process

KEY = "test:" + "A" * 43 + "="
WAITING = "waiting for the database"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    own = PostgresServer()
    yield own
    own.stop()


def said(log: Path, words: str) -> int:
    return log.read_text().count(words) if log.exists() else 0


async def until_said(log: Path, words: str) -> bool:
    async def look() -> bool:
        return said(log, words) > 0

    return bool(await eventually(look, 60))


async def test_what_starts_during_an_outage_works_when_it_is_over(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.dsn("away")
    settings = Settings(database_url=url, secret_keys=KEY, egress_guard=False)
    assert (await carteiro(settings, "migrate")).returncode == 0
    logs, port = {name: tmp_path / name for name in ("worker", "serve")}, free_port()
    ready = f"http://127.0.0.1:{port}/api/status/ready"
    async with HttpSink(Answer(200, b"{}")) as sink, httpx.AsyncClient() as client:
        async with open_world(settings) as world:
            post = Post(world)
            await post.connect(sink, mode="queued")
            await post.ask()
        await asyncio.to_thread(server.halt)
        async with (
            process("worker", settings, logs["worker"]) as worker,
            process("serve", settings, logs["serve"], CARTEIRO_PORT=str(port)) as serve,
        ):
            for log in logs.values():
                assert await until_said(log, WAITING)
            await asyncio.sleep(2)  # several tries
            with pytest.raises(httpx.ConnectError):
                await client.get(ready)
            assert (worker.poll(), serve.poll()) == (None, None)

            await asyncio.to_thread(server.start)

            async def is_ready() -> bool:
                try:
                    return (await client.get(ready)).status_code == 200
                except httpx.TransportError:
                    return False

            assert await eventually(is_ready, 60)
            await asyncio.wait_for(sink.arrived.wait(), 60)
            assert [said(log, WAITING) for log in logs.values()] == [1, 1]
            assert [said(log, "the database is there") for log in logs.values()] == [1, 1]


@pytest.mark.parametrize("command", ["worker", "serve"])
async def test_who_waits_ends_when_told_to(command: str, tmp_path: Path) -> None:
    url = f"postgresql://carteiro@127.0.0.1:{free_port()}/nowhere"
    settings, log = Settings(database_url=url, secret_keys=KEY), tmp_path / "log"
    async with process(command, settings, log, CARTEIRO_PORT=str(free_port())) as running:
        assert await until_said(log, WAITING)
        running.send_signal(signal.SIGTERM)
        # Uvicorn ends by the very signal that it was asked with.
        assert await asyncio.to_thread(running.wait, 30) in {0, -signal.SIGTERM}


@pytest.mark.parametrize("command", ["worker", "serve"])
async def test_patience_may_be_bounded(command: str, tmp_path: Path) -> None:
    url = f"postgresql://carteiro@127.0.0.1:{free_port()}/nowhere"
    settings, log = Settings(database_url=url, secret_keys=KEY), tmp_path / "log"
    more = {"CARTEIRO_DATABASE_WAIT": "1", "CARTEIRO_PORT": str(free_port())}
    async with process(command, settings, log, **more) as running:
        assert await asyncio.to_thread(running.wait, 60) in {1, 3}
    assert said(log, WAITING) <= 1
    assert said(log, "PostgreSQL is not available") >= 1


async def test_what_waiting_does_not_mend_ends_at_once(server: PostgresServer) -> None:
    empty = server.dsn("empty")
    endless = Patience(seconds=math.inf)
    wrong: dict[str, type[Exception]] = {
        empty.replace("carteiro@", "stranger@"): StorageUnusable,
        empty.replace("/empty", "/missing"): StorageUnusable,
        f"{empty}?sslmode=nonsense": StorageUnusable,
        empty: SchemaOutdated,
    }
    for url, error in wrong.items():
        settings = Settings(database_url=url, secret_keys=KEY)
        with pytest.raises(error) as caught:
            await asyncio.wait_for(_open(settings, endless), 60)
        assert "\n" not in str(caught.value)


async def _open(settings: Settings, patience: Patience) -> None:
    async with open_world(settings, patience=patience):
        pass


async def test_a_server_without_a_free_place_is_waited_for(server: PostgresServer) -> None:
    url = server.dsn("full")
    link = await asyncpg.connect(url)
    await link.execute("CREATE ROLE guest LOGIN CONNECTION LIMIT 1")
    guest = Settings(database_url=url.replace("carteiro@", "guest@"), secret_keys=KEY)
    holder = await asyncpg.connect(guest.database_url)

    opening = asyncio.create_task(
        patiently(lambda: open_database(guest), Patience(seconds=math.inf))
    )
    _, waits = await asyncio.wait([opening], timeout=1)
    await holder.close()
    with pytest.raises(SchemaOutdated):
        await asyncio.wait_for(opening, 60)

    await link.close()
    assert waits


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CrashShutdownError("x"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.ConnectionDoesNotExistError("connection was closed"),
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        socket.gaierror(-3, "Temporary failure in name resolution"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_is_worth_waiting_for(error: Exception) -> None:
    found = opening_error(error)
    assert isinstance(found, StorageUnavailable)
    assert not isinstance(found, StorageUnusable)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InvalidPasswordError("password authentication failed"),
        asyncpg.InvalidAuthorizationSpecificationError("no pg_hba.conf entry"),
        asyncpg.InvalidCatalogNameError("database does not exist"),
        asyncpg.InsufficientPrivilegeError("permission denied for database"),
        ssl.SSLCertVerificationError("certificate verify failed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_does_not_pass_is_not(error: Exception) -> None:
    assert isinstance(opening_error(error), StorageUnusable)


async def test_a_database_that_goes_between_two_steps_of_a_start_is_waited_for(
    settings: Settings,
) -> None:
    """The keys are held after the world is open, and may meet the next outage."""
    async with open_world(settings) as world:
        write, gone = world.database.write, [StorageUnavailable("gone")]

        class Away:
            async def write(self, work: Any) -> Any:
                if gone:
                    raise gone.pop()
                return await write(work)

            apply = world.database.apply

        away = replace(world, database=cast("Database", Away()))
        with pytest.raises(StorageUnavailable):
            async with holding_keys(away, kind="serve"):
                pass
        gone.append(StorageUnavailable("gone again"))
        async with holding_keys(away, kind="serve", patience=Patience(seconds=math.inf)):
            now = world.clock.now()
            held = await world.database.read(lambda tx: keys.holders(tx, now - 60_000))

    assert [holder.kind for holder in held] == ["serve"]


async def test_a_command_does_not_wait(tmp_path: Path) -> None:
    url = f"postgresql://carteiro@127.0.0.1:{free_port()}/nowhere"
    done: subprocess.CompletedProcess[Any] = await carteiro(
        Settings(database_url=url, secret_keys=KEY), "queue", "stats"
    )
    assert done.returncode == 1
    assert "PostgreSQL is not available" in done.stderr


async def test_a_locked_file_is_waited_for(settings: Settings) -> None:
    if settings.sqlite_path is None:
        pytest.skip("PostgreSQL has no file")
    import sqlite3

    lock = sqlite3.connect(settings.sqlite_path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    opening = asyncio.create_task(_open(settings, Patience(seconds=math.inf)))
    await asyncio.wait([opening], timeout=7)  # longer than one statement waits
    still = not opening.done()
    lock.execute("ROLLBACK")
    lock.close()
    await asyncio.wait_for(opening, 60)

    assert still
