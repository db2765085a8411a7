"""Opening the world from the settings, and closing it again: what every root does first."""

from __future__ import annotations

import os
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
from carteiro.connectors.builtin.maildir import MaildirRelay
from carteiro.connectors.builtin.relay import SmtpRelay
from carteiro.connectors.contract import Connector, Relay, Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.registry import Registry
from carteiro.delivery.dispatch import Dispatcher
from carteiro.delivery.feedback import Feedback
from carteiro.delivery.gates.buckets import SendLimit
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.hands.recorder import Recorder
from carteiro.delivery.hands.rounds import Rounds
from carteiro.delivery.presence import Presence
from carteiro.delivery.recovery import Recovery
from carteiro.delivery.telemetry import Telemetry
from carteiro.delivery.webhooks import WebhookDispatcher
from carteiro.delivery.workspaces.kept import Workspaces
from carteiro.directory.management_access import ensure_management_access
from carteiro.directory.passwords.hashing import Passwords
from carteiro.errors import (
    InvalidAddress,
    InvalidSettings,
    KeysDoNotFit,
    SchemaOutdated,
    SchemaTooNew,
)
from carteiro.flows.operate.keys.fit import fit_keys, has_keys
from carteiro.flows.world import World
from carteiro.model.addresses import parse_address
from carteiro.runtime import key_file
from carteiro.secrets import Keyring
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.patience import NO_PATIENCE, Patience, patiently
from carteiro.storage.drivers.sqlite import SqliteDatabase
from carteiro.storage.migrations import require_current
from carteiro.storage.queues.queue import Queue
from carteiro.storage.queues.sqlite_queue import SqliteQueue
from carteiro.storage.tenancy import tenants

if TYPE_CHECKING:
    from carteiro.flows.world import Signing

_log = structlog.get_logger("carteiro")
_DAY = 86_400_000


@asynccontextmanager
async def open_world(
    settings: Settings,
    clock: Clock | None = None,
    factories: Sequence[type[Connector]] = (),
    *,
    touch: bool = True,
    patience: Patience = NO_PATIENCE,
) -> AsyncIterator[World]:
    """Open database, keys, connectors and caches; close them in the opposite order.

    ``clock`` is the machine's, unless a test owns the time; ``factories`` are connectors beside the
    installed ones. Without ``touch`` nothing is made that is not there, nor brought up to date.
    With ``patience`` a database that is away is waited for.

    Raises ``InvalidSettings``, ``KeysDoNotFit``, ``SchemaOutdated`` or ``StorageUnavailable``.
    """
    given = key_file.read(settings)
    async with open_services(settings, clock) as (installed, services):
        registry = installed.with_factories(*factories)
        database = await patiently(lambda: open_database(settings, touch=touch), patience)
        try:
            now = services.clock.now()
            keyring = given or await _first_keyring(settings, database, touch=touch)
            await patiently(lambda: fit_keys(database, keyring, now, learn=touch), patience)
        except BaseException:
            await database.close()
            raise
        workspaces = Workspaces(
            database=database, keyring=keyring, registry=registry, services=services
        )
        delivery = open_delivery(settings, database, workspaces, keyring, services.clock)
        passwords = Passwords()
        try:
            if touch:
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
    from carteiro.storage.queues.postgres_queue import PostgresQueue  # noqa: PLC0415 - SQLite needs none

    return PostgresQueue(settings.database_url, database, clock)


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[tuple[Registry, Services]]:
    """Open what connectors need, without a database."""
    clock = clock or SystemClock()
    egress = open_egress(settings)
    http = HttpClient(egress)
    relay = open_relay(settings, egress)
    try:
        copies = relay if isinstance(relay, MaildirRelay) else None
        yield Registry.discover(), Services(http=http, clock=clock, relay=relay, copies=copies)
    finally:
        if relay is not None:
            await relay.close()
        await http.close()


async def open_database(settings: Settings, *, touch: bool = True) -> Database:
    """Open the database; with ``touch`` an SQLite file is created and brought up to date first."""
    path = settings.sqlite_path
    if path is None:
        from carteiro.storage.drivers.postgres import PostgresDatabase  # noqa: PLC0415 - SQLite needs none

        database: Database = await PostgresDatabase.open(
            settings.database_url, pool_size=settings.database_pool_size
        )
    else:
        database = await _current_sqlite(settings, path, touch=touch)
    try:
        await require_current(database)
    except BaseException:
        await database.close()
        raise
    return database


async def _current_sqlite(settings: Settings, path: Path, *, touch: bool) -> Database:
    database = await SqliteDatabase.open(path, create=touch)
    try:
        await require_current(database)
    except SchemaOutdated as outdated:
        await database.close()
        if not touch or isinstance(outdated, SchemaTooNew):
            raise
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
        # Its last line is the sentence; what stands before it is its log.
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        reason = said[-1].removeprefix("carteiro: ")
        raise SchemaOutdated(f"The database could not be brought up to date: {reason}")


def open_egress(settings: Settings) -> EgressPolicy:
    """Where connections may go, and through which proxies."""
    return EgressPolicy(
        enabled=settings.egress_guard, allow=settings.egress_allow, proxies=settings.proxies
    )


def open_relay(settings: Settings, egress: EgressPolicy) -> Relay | None:
    """The built-in service's way out: a mailbox folder in development, else the relay, or none."""
    try:
        sender = parse_address(settings.relay_from)
    except InvalidAddress as error:
        raise InvalidSettings(f"CARTEIRO_RELAY_FROM: {error.message}") from None
    if settings.mailbox is not None:
        return MaildirRelay(settings.mailbox, sender, f"{settings.public_url}/mailbox")
    if settings.relay_url is None:
        return None
    # The operator names this server, so it may stand beside us; a tenant's administrator cannot.
    return SmtpRelay(settings.relay_url.get_secret_value(), sender, egress.with_own_networks())


async def _first_keyring(settings: Settings, database: Database, *, touch: bool) -> Keyring:
    """Make the key of a new SQLite file, beside it."""
    path = key_file.path_of(settings)
    if await has_keys(database):
        raise KeysDoNotFit(
            f"The key file {path} is gone, and {settings.sqlite_path} is sealed with its keys: "
            "put it back."
        )
    if not touch:
        raise KeysDoNotFit(f"There is no key file {path} yet: the first start makes it.")
    return key_file.make(settings)


async def _ensure_default_tenant(database: Database, now: int) -> None:
    async def work(tx: Transaction) -> None:
        await tenants.ensure_default(tx, now)
        await ensure_management_access(tx, tenants.DEFAULT, now)

    await database.write(work)
