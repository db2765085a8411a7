"""What every tier shares: the event loop, a real PostgreSQL, and a world on each database."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import argon2
import asyncpg
import httpx
import pytest
from hypothesis import settings

from carteiro.app import create_app
from carteiro.directory.passwords import lanes, worker
from carteiro.flows.administer.access.applications import Credentials, create_application
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings, read_settings
from carteiro.storage.drivers.postgres import PostgresDatabase
from carteiro.storage.migrations.run import migrate
from carteiro.testing.postgres import PostgresServer
from round_trip_parts import hear_nothing

# How fast a machine is, is no property of the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more process than processors: some of the time is waiting for disks and processes."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The event loop of the server, also in tests."""
    return "asyncio", {"use_uvloop": True}


_COSTS = argon2.PasswordHasher.__init__.__defaults__
assert _COSTS is not None
_CHEAP = (1, 64, 1, *_COSTS[3:])
"""Passes, KiB, lanes."""


@contextmanager
def _passwords_costing(defaults: tuple[Any, ...] | None) -> Iterator[None]:
    def forget() -> None:
        worker.hasher.cache_clear()
        worker._of_nobody.cache_clear()

    with mock.patch.object(argon2.PasswordHasher.__init__, "__defaults__", defaults):
        forget()
        yield
    forget()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2id as we make it takes long on purpose, as starting a process for it in each world does.

    ``test_lanes.py`` has both.
    """

    class Refused(lanes._Helper):
        def __init__(self) -> None:
            raise OSError

    with pytest.MonkeyPatch.context() as patched, _passwords_costing(_CHEAP):
        patched.setattr(lanes, "_Helper", Refused)
        yield


@pytest.fixture
def dear_passwords() -> Iterator[None]:
    """Passwords that cost what they cost in production."""
    with _passwords_costing(_COSTS):
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was migrated once, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """A database that was migrated once, for one test after another."""
    url = postgres.dsn("migrated")
    migrate(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_database")
    asyncio.run(_empty(url))
    return url


_KEYS = ("secret_keys", "deployment_secrets")


async def _empty(url: str) -> None:
    """Delete what a test before has left: every row belongs to a tenant, or to the deployment."""
    link = await asyncpg.connect(url, server_settings={"lock_timeout": "10s"})
    for table in ("tenants", "processes", "pgqueuer", "key_holders", *_KEYS):
        await link.execute(f"DELETE FROM {table}")
    await link.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A deployment with a development mailbox and no egress guard."""
    return read_settings(
        {},
        database_url=database_url,
        secret_keys="test:" + "A" * 43 + "=",
        public_url="http://carteiro.test",
        mailbox=tmp_path / "mailbox",
        relay_from="no-reply@carteiro.test",
        egress_guard=False,
        dns_servers=[("127.0.0.1", 9)],  # nobody answers there: no test asks the world
        database_pool_size=4,
    )


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told what other processes change; there are none where round trips are counted."""
    monkeypatch.setattr(PostgresDatabase, "changes", hear_nothing)


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    """The opened world, without HTTP."""
    async with open_world(settings) as opened:
        yield opened


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Any]:
    """The application, started."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def anonymous(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carteiro.test") as client:
        yield client


@pytest.fixture
async def credentials(app: Any) -> Credentials:
    """A machine-to-machine application that may manage."""
    return await create_application(app.state.world, "default", name="Tests", is_admin=True)


@pytest.fixture
async def client(anonymous: httpx.AsyncClient, credentials: Credentials) -> httpx.AsyncClient:
    """A client with a token for the management API."""
    answer = await anonymous.post(
        "/oidc/token",
        data={
            "grant_type": "client_credentials",
            "resource": credentials.resource,
            "scope": "all",
        },
        auth=(credentials.id, credentials.secret),
    )
    anonymous.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return anonymous
