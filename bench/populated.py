"""Databases that people sign in to: an application, people with passwords, a crowd of old rows."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast

import asyncpg

from bench.browser import BACK, App
from bench.server import KEYS, Server
from carteiro.directory.passwords.hashing import Passwords
from carteiro.runtime.databases import open_database
from carteiro.settings import Settings, read_settings
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.testing.postgres import PostgresServer, free_port

PASSWORD = "correct-Horse7-battery"
_MANY = 10_000
CROWD = "crowd"
"""Whose the old rows are."""
_DAY = 86_400_000
_TIMES = "created_at, expires_at"
_BY_CODE_OR_PASSWORD = {
    "identifier": "email",
    "password": True,
    "verificationCode": True,
    "isPasswordPrimary": False,
}
_SESSION = json.dumps({"bench": {"sid": "s" * 21, "grantId": "g" * 21, "outlives": True}})
_GRANT = json.dumps({"oidc": ["openid", "offline_access", "profile"], "resources": {}})
_TOKEN = json.dumps({"scope": "openid offline_access profile", "authTime": 1767225600})


class Databases(Protocol):
    """Where databases are made and copied."""

    def make(self, name: str) -> str:
        """A new one's address."""
        ...

    async def copy(self, source: str, name: str) -> str:
        """The address of a copy; nobody may be connected to the source."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteFolder:
    """Files in a folder."""

    folder: Path

    def make(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"

    async def copy(self, source: str, name: str) -> str:
        path = source.removeprefix("sqlite:///")
        with sqlite3.connect(path) as link:
            link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        link.close()
        shutil.copy(path, self.folder / f"{name}.db")
        return self.make(name)


@dataclass(frozen=True, slots=True)
class PostgresCluster:
    """Databases of one server."""

    server: PostgresServer

    def make(self, name: str) -> str:
        return self.server.dsn(name)

    async def copy(self, source: str, name: str) -> str:
        place, _, template = source.rpartition("/")
        link = await asyncpg.connect(f"{place}/postgres")
        await link.execute(f"CREATE DATABASE {name} TEMPLATE {template}", timeout=600)
        await link.close()
        return f"{place}/{name}"


@contextmanager
def sqlite_folder() -> Iterator[Databases]:
    """A folder for the time of a measurement."""
    with TemporaryDirectory() as folder:
        yield SqliteFolder(Path(folder))


@contextmanager
def postgres_cluster() -> Iterator[Databases]:
    """A server for the time of a measurement."""
    server = PostgresServer()
    try:
        yield PostgresCluster(server)
    finally:
        server.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Populated:
    """A database with people, and the application that they sign in to."""

    url: str
    app: App
    emails: list[str] = field(repr=False)


def settings_of(url: str) -> Settings:
    """Those of a process of this benchmark on a free port."""
    port = free_port()
    return read_settings(
        {},
        database_url=url,
        secret_keys=KEYS,
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        egress_guard=False,
    )


async def populate(url: str, sink_url: str, people: int) -> Populated:
    """Set up a tenant as its administrator does, and people as an import does."""
    server = Server(url)
    try:
        app = _set_up(server, sink_url)
    finally:
        server.stop()
    passwords = Passwords()
    digest = await passwords.hash(PASSWORD)
    passwords.close()
    emails = [f"person{number}@example.com" for number in range(people)]
    now = time.time_ns() // 1_000_000
    rows = [
        UserRow(
            tenant_id="default",
            id=id_,
            primary_email=email,
            password_encrypted=digest.text,
            password_encryption_method=digest.algorithm.value,
            created_at=now,
            updated_at=now,
        )
        for id_, email in [
            (CROWD, "crowd@example.com"),
            *((f"p{number:011d}", email) for number, email in enumerate(emails)),
        ]
    ]

    async def work(tx: Transaction) -> None:
        for row in rows:
            await users.create(tx, row)

    async with opened(url) as database:
        await database.write(work)
    return Populated(url=url, app=app, emails=emails)


def _set_up(server: Server, sink_url: str) -> App:
    config = {"connectorId": "http-email", "config": {"endpoint": sink_url}}
    server.call("POST", "/api/connectors", config)
    experience = {
        "signIn": {"methods": [_BY_CODE_OR_PASSWORD]},
        "signUp": {"identifiers": ["email"], "password": False, "verify": True},
    }
    server.call("PATCH", "/api/sign-in-exp", experience)
    uris = {"redirectUris": [BACK], "postLogoutRedirectUris": []}
    new = {"name": "Bench", "type": "Traditional", "oidcClientMetadata": uris}
    made = cast("dict[str, Any]", server.call("POST", "/api/applications", new))
    secrets = server.call("GET", f"/api/applications/{made['id']}/secrets", None)
    return App(id=made["id"], secret=cast("list[dict[str, str]]", secrets)[0]["value"])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database for the time of a block."""
    database = await open_database(settings_of(url))
    try:
        yield database
    finally:
        await database.close()


async def crowd(url: str, count: int, *, over: bool = False, mark: str = "c") -> None:
    """Put ``count`` sessions, grants and tokens there; ``over`` makes them due for discarding."""
    now = time.time_ns() // 1_000_000
    end = now - 2000 if over else now + 14 * _DAY
    if url.startswith("sqlite:"):
        _crowd_sqlite(url.removeprefix("sqlite:///"), count, mark, now - _DAY, end)
    else:
        await _crowd_postgres(url, count, mark, now - _DAY, end)


def _crowd_sqlite(path: str, count: int, mark: str, begin: int, end: int) -> None:
    link = sqlite3.connect(path, timeout=30)
    series = (
        "WITH RECURSIVE series(n) AS "
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count})"
    )
    for table, columns, values in _rows(mark, begin, end, "randomblob(32)"):
        link.execute(f"INSERT INTO {table} ({columns}) {series} SELECT {values} FROM series")
        link.commit()
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    link.close()


async def _crowd_postgres(dsn: str, count: int, mark: str, begin: int, end: int) -> None:
    link = await asyncpg.connect(dsn)
    chance = "sha256((random()::text || n)::bytea)"
    for table, columns, values in _rows(mark, begin, end, chance):
        await link.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} "
            f"FROM generate_series(1, {count}) AS series(n)",
            timeout=600,
        )
        if count > _MANY:
            await link.execute(f"VACUUM ANALYZE {table}", timeout=600)
    if count > _MANY:
        await link.execute("CHECKPOINT", timeout=600)
    await link.close()


def _rows(mark: str, begin: int, end: int, chance: str) -> Iterator[tuple[str, str, str]]:
    times = f"{begin} + n % {_DAY}, {end} + n % 1000"
    yield (
        "browser_sessions",
        "tenant_id, uid, secret_hash, account_id, login_at, authorizations, created_at, expires_at",
        f"'default', '{mark}' || n, {chance}, '{CROWD}', {begin}, '{_SESSION}', {times}",
    )
    yield (
        "grants",
        "tenant_id, id, account_id, client_id, scopes, created_at, expires_at",
        f"'default', '{mark}' || n, '{CROWD}', 'bench', '{_GRANT}', {times}",
    )
    yield (
        "oidc_tokens",
        f"tenant_id, value_hash, kind, client_id, account_id, grant_id, content, {_TIMES}",
        f"'default', {chance}, 'refresh', 'bench', '{CROWD}', '{mark}' || n, '{_TOKEN}', {times}",
    )
