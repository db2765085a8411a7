"""Opening the world from the settings, and closing it again: what every root does first."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from carteiro.clock import Clock, SystemClock
from carteiro.connectors.contract import Connector, Relay, Services
from carteiro.connectors.egress import EgressPolicy
from carteiro.connectors.http import HttpClient
from carteiro.connectors.maildir import MaildirRelay
from carteiro.connectors.registry import Registry
from carteiro.connectors.relay import SmtpRelay
from carteiro.delivery.courier import Courier
from carteiro.delivery.dispatch import Dispatcher, SendLimit
from carteiro.delivery.feedback import Feedback
from carteiro.delivery.presence import Presence
from carteiro.delivery.recorder import Recorder
from carteiro.delivery.recovery import Recovery
from carteiro.delivery.rounds import Rounds
from carteiro.delivery.telemetry import Telemetry
from carteiro.delivery.webhooks import WebhookDispatcher
from carteiro.delivery.workspaces import Workspaces
from carteiro.directory.management_access import ensure_management_access
from carteiro.directory.passwords import Passwords
from carteiro.errors import InvalidSettings, SchemaOutdated
from carteiro.flows.world import World
from carteiro.model.addresses import parse_address
from carteiro.secrets import Key, Keyring
from carteiro.settings import Settings
from carteiro.storage import tenants
from carteiro.storage.database import Database, Transaction
from carteiro.storage.migrations import require_current
from carteiro.storage.patience import Patience, patiently
from carteiro.storage.queue import Queue
from carteiro.storage.sqlite import SqliteDatabase
from carteiro.storage.sqlite_queue import SqliteQueue

if TYPE_CHECKING:
    from carteiro.flows.world import Signing

_log = structlog.get_logger("carteiro")
_KEY_BYTES = 32
_DAY = 86_400_000
_NONE = Patience()


@asynccontextmanager
async def open_world(
    settings: Settings,
    clock: Clock | None = None,
    factories: Sequence[type[Connector]] = (),
    *,
    patience: Patience = _NONE,
) -> AsyncIterator[World]:
    """Open database, keys, connectors and caches; close them in the opposite order.

    ``clock`` is the machine's, unless a test owns the time; ``factories`` are connectors beside the
    installed ones. With ``patience`` a database that is away is waited for.

    Raises ``InvalidSettings``, ``SchemaOutdated`` or ``StorageUnavailable``.
    """
    keyring = open_keyring(settings)
    async with open_services(settings, clock) as (installed, services):
        registry = installed.with_factories(*factories)
        database = await patiently(lambda: open_database(settings), patience)
        workspaces = Workspaces(
            database=database, keyring=keyring, registry=registry, services=services
        )
        delivery = open_delivery(settings, database, workspaces, keyring, services.clock)
        passwords = Passwords()
        try:
            now = services.clock.now()
            await patiently(lambda: _ensure_default_tenant(database, now), patience)
            yield World(
                clock=services.clock,
                keyring=keyring,
                database=database,
                registry=registry,
                services=services,
                workspaces=workspaces,
                dispatcher=delivery.dispatcher,
                courier=delivery.courier,
                queue=delivery.queue,
                presence=delivery.presence,
                recovery=delivery.recovery,
                telemetry=delivery.telemetry,
                feedback=delivery.feedback,
                webhooks=WebhookDispatcher(
                    database=database,
                    keyring=keyring,
                    clock=services.clock,
                    http=services.http,
                ),
                open_signing=cache(partial(_open_signing, database, keyring, services.clock)),
                passwords=passwords,
                code_limit=SendLimit(
                    action="VerificationCodeSend",
                    sends=settings.send_limit,
                    window=settings.send_window * 1000,
                ),
                send_timeout=settings.send_timeout,
                message_retention=settings.message_retention_days * _DAY,
                log_retention=settings.log_retention_days * _DAY,
            )
        finally:
            passwords.close()
            await delivery.recorder.settle()
            await delivery.presence.close()
            await workspaces.close()
            await database.close()


def _open_signing(database: Database, keyring: Keyring, clock: Clock) -> Signing:
    """Load what signs when it is first asked for: a worker never does."""
    from carteiro.oidc.keys import SigningKeys  # noqa: PLC0415 - as said
    from carteiro.oidc.tokens import AccessTokens  # noqa: PLC0415 - as said

    keys = SigningKeys(database, keyring, clock)
    return keys, AccessTokens(keys, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The parts that deliver."""

    dispatcher: Dispatcher
    courier: Courier
    queue: Queue
    presence: Presence
    recovery: Recovery
    recorder: Recorder
    telemetry: Telemetry
    feedback: Feedback


def open_delivery(
    settings: Settings, database: Database, workspaces: Workspaces, keyring: Keyring, clock: Clock
) -> Delivery:
    """Put them together; nothing runs yet."""
    telemetry = Telemetry()
    presence = Presence(database, clock)
    recorder = Recorder(database, clock, telemetry)
    queue = open_queue(settings, database, clock)
    rounds = Rounds(
        database=database,
        recorder=recorder,
        clock=clock,
        presence=presence,
        telemetry=telemetry,
        timeout=settings.send_timeout,
        usage_cap=settings.builtin_cap,
        concurrent=max(1, settings.worker_concurrency // 2),
    )
    courier = Courier(
        workspaces=workspaces,
        rounds=rounds,
        recorder=recorder,
        keyring=keyring,
        clock=clock,
        presence=presence,
        telemetry=telemetry,
    )
    feedback = Feedback(database=database, keyring=keyring, clock=clock, telemetry=telemetry)
    return Delivery(
        dispatcher=Dispatcher(
            database=database,
            courier=courier,
            queue=queue,
            presence=presence,
            keyring=keyring,
            clock=clock,
            telemetry=telemetry,
            usage_cap=settings.builtin_cap,
        ),
        courier=courier,
        queue=queue,
        presence=presence,
        recovery=Recovery(
            database=database,
            courier=courier,
            queue=queue,
            presence=presence,
            feedback=feedback,
            clock=clock,
        ),
        recorder=recorder,
        telemetry=telemetry,
        feedback=feedback,
    )


def open_queue(settings: Settings, database: Database, clock: Clock) -> Queue:
    """The queue of the database's kind."""
    if settings.sqlite_path is not None:
        return SqliteQueue(database, clock)
    from carteiro.storage.postgres_queue import PostgresQueue  # noqa: PLC0415 - SQLite needs none

    return PostgresQueue(settings.database_url, database, clock)


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[tuple[Registry, Services]]:
    """Open what connectors need, without a database."""
    clock = clock or SystemClock()
    http = HttpClient(EgressPolicy(enabled=settings.egress_guard, allow=settings.egress_allow))
    relay = open_relay(settings)
    try:
        yield Registry.discover(), Services(http=http, clock=clock, relay=relay)
    finally:
        if relay is not None:
            await relay.close()
        await http.close()


async def open_database(settings: Settings) -> Database:
    """Open the database; an SQLite file is created and brought up to date first."""
    path = settings.sqlite_path
    if path is None:
        from carteiro.storage.postgres import PostgresDatabase  # noqa: PLC0415 - SQLite needs none

        database: Database = await PostgresDatabase.open(
            settings.database_url, pool_size=settings.database_pool_size
        )
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = await _current_sqlite(settings, path)
    try:
        await require_current(database)
    except BaseException:
        await database.close()
        raise
    return database


async def _current_sqlite(settings: Settings, path: Path) -> Database:
    database = await SqliteDatabase.open(path)
    try:
        await require_current(database)
    except SchemaOutdated:
        await database.close()
        migrate_apart(settings)
        return await SqliteDatabase.open(path)
    return database


def migrate_apart(settings: Settings) -> None:
    """Bring the schema up to date in a process of its own: serving needs no migration tools."""
    command = [sys.executable, "-m", "carteiro", "migrate", "--quiet"]
    environment = {**os.environ, "CARTEIRO_DATABASE_URL": settings.database_url}
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SchemaOutdated(f"The database could not be brought up to date: {done.stderr.strip()}")


def open_relay(settings: Settings) -> Relay | None:
    """The built-in service's way out: a mailbox folder in development, else the relay, or none."""
    sender = parse_address(settings.relay_from)
    if settings.mailbox is not None:
        return MaildirRelay(settings.mailbox, sender)
    if settings.relay_url is None:
        return None
    return SmtpRelay(settings.relay_url.get_secret_value(), sender)


def open_keyring(settings: Settings) -> Keyring:
    """Read the keys; on SQLite a first key is made and kept beside the file, for its owner only."""
    if settings.secret_keys is not None:
        return Keyring(_parse_keys(settings.secret_keys.get_secret_value().split(",")))
    path = settings.secret_key_file
    if path is None:
        if settings.sqlite_path is None:
            raise InvalidSettings(
                "On PostgreSQL set CARTEIRO_SECRET_KEYS or CARTEIRO_SECRET_KEY_FILE: every process "
                "needs the same keys."
            )
        path = settings.sqlite_path.with_name("carteiro.key")
        _make_key_file(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InvalidSettings(f"The key file {path} cannot be read: {error.strerror}.") from error
    return Keyring(_parse_keys(lines))


def new_key() -> str:
    """A fresh key, as the settings take it."""
    return f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(new_key() + "\n")
    _log.info("made a key file", path=str(path))


def _parse_keys(entries: list[str]) -> list[Key]:
    keys = []
    for entry in entries:
        text = entry.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, encoded = text.partition(":")
        try:
            keys.append(Key(name, base64.b64decode(encoded, validate=True)))
        except (ValueError, binascii.Error):
            raise InvalidSettings(
                f"Key {name if separator else '?'!r}: expected id:base64 of at least 32 bytes."
            ) from None
    if not keys:
        raise InvalidSettings("No secret key is configured.")
    return keys


async def _ensure_default_tenant(database: Database, now: int) -> None:
    async def work(tx: Transaction) -> None:
        await tenants.ensure_default(tx, now)
        await ensure_management_access(tx, tenants.DEFAULT, now)

    await database.write(work)
