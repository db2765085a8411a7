"""Opening the world from the settings, and closing it again: what every root does first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

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
from carteiro.delivery.notices import Notices
from carteiro.delivery.presence import Presence
from carteiro.delivery.recovery import Recovery
from carteiro.delivery.telemetry import Telemetry
from carteiro.delivery.webhooks import WebhookDispatcher
from carteiro.delivery.workspaces.kept import Workspaces
from carteiro.directory.management_access import ensure_management_access
from carteiro.directory.passwords.hashing import Passwords
from carteiro.errors import InvalidAddress, InvalidSettings, KeysDoNotFit
from carteiro.flows.operate.keys.fit import fit_keys, has_keys
from carteiro.flows.world import World
from carteiro.model.addresses import parse_address
from carteiro.runtime import key_file
from carteiro.runtime.databases import open_database, open_queue
from carteiro.secrets import Keyring
from carteiro.senders.asking import Dns
from carteiro.senders.recipients import RecipientDomains
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.patience import NO_PATIENCE, Patience, patiently
from carteiro.storage.tenancy import tenants

if TYPE_CHECKING:
    from carteiro.flows.world import Signing

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
        world = _assembled(settings, database, keyring, registry, services)
        try:
            if touch:
                await patiently(lambda: _ensure_default_tenant(database, now), patience)
            yield world
        finally:
            world.passwords.close()
            await world.recipient_domains.close()
            await world.courier.settle()
            await world.presence.close()
            await world.workspaces.close()
            await database.close()


def _assembled(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    registry: Registry,
    services: Services,
) -> World:
    """Put everything together; nothing runs yet."""
    clock, telemetry = services.clock, Telemetry()
    dns = Dns(settings.dns_servers)
    domains = RecipientDomains(dns, clock)
    presence = Presence(database, clock)
    workspaces = Workspaces(
        database=database, keyring=keyring, registry=registry, services=services
    )
    queue = open_queue(settings, database, clock)
    courier = _courier(
        settings,
        database,
        keyring,
        workspaces,
        clock=clock,
        presence=presence,
        telemetry=telemetry,
    )
    feedback = Feedback(database=database, keyring=keyring, clock=clock, telemetry=telemetry)
    return World(
        clock=clock,
        keyring=keyring,
        database=database,
        registry=registry,
        services=services,
        workspaces=workspaces,
        notices=Notices(keyring),
        dispatcher=Dispatcher(
            database=database,
            courier=courier,
            queue=queue,
            presence=presence,
            keyring=keyring,
            clock=clock,
            telemetry=telemetry,
            usage_cap=settings.builtin_cap,
            domains=domains,
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
        telemetry=telemetry,
        feedback=feedback,
        webhooks=WebhookDispatcher(
            database=database, keyring=keyring, clock=clock, http=services.http
        ),
        open_signing=cache(partial(_open_signing, database, keyring, clock)),
        passwords=Passwords(),
        dns=dns,
        recipient_domains=domains,
        code_limit=SendLimit(
            action="VerificationCodeSend",
            sends=settings.send_limit,
            window=settings.send_window * 1000,
        ),
        send_timeout=settings.send_timeout,
        message_retention=settings.message_retention_days * _DAY,
        log_retention=settings.log_retention_days * _DAY,
        revisions_kept=settings.revisions_kept,
    )


def _courier(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    workspaces: Workspaces,
    *,
    clock: Clock,
    presence: Presence,
    telemetry: Telemetry,
) -> Courier:
    recorder = Recorder(database, clock, telemetry)
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
    return Courier(
        workspaces=workspaces,
        rounds=rounds,
        recorder=recorder,
        keyring=keyring,
        clock=clock,
        presence=presence,
        telemetry=telemetry,
    )


def _open_signing(database: Database, keyring: Keyring, clock: Clock) -> Signing:
    """Load what signs when it is first asked for: a worker never does."""
    from carteiro.oidc.keys import SigningKeys  # noqa: PLC0415 - as said
    from carteiro.oidc.tokens import AccessTokens  # noqa: PLC0415 - as said

    keys = SigningKeys(database, keyring, clock)
    return keys, AccessTokens(keys, clock)


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[tuple[Registry, Services]]:
    """Open what connectors need, without a database."""
    clock = clock or SystemClock()
    egress = open_egress(settings)
    http = HttpClient(egress)
    relay = open_relay(settings, egress, clock)
    try:
        copies = relay if isinstance(relay, MaildirRelay) else None
        yield Registry.discover(), Services(http=http, clock=clock, relay=relay, copies=copies)
    finally:
        if relay is not None:
            await relay.close()
        await http.close()


def open_egress(settings: Settings) -> EgressPolicy:
    """Where connections may go, and through which proxies."""
    return EgressPolicy(
        enabled=settings.egress_guard, allow=settings.egress_allow, proxies=settings.proxies
    )


def open_relay(
    settings: Settings, egress: EgressPolicy, clock: Clock | None = None
) -> Relay | None:
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
    own = egress.with_own_networks()
    return SmtpRelay(settings.relay_url.get_secret_value(), sender, own, clock)


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
