"""What ``carteiro doctor`` looks at: each check is tried, and says in one line what it saw."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from carteiro.connectors.dkim.keys import zone_text
from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.states import Mode
from carteiro.delivery.watchdog import UNDRIVEN
from carteiro.directory.reliance import Need
from carteiro.directory.settings.weak_factors import weakness
from carteiro.errors import CarteiroError, ConnectorNotFound
from carteiro.flows.administer.mail.reliance import reliance_on_type
from carteiro.flows.administer.mail.senders import SenderReport, examine_senders
from carteiro.flows.administer.tenant.protection import review_protection
from carteiro.flows.administer.tenant.tenants import require_tenant
from carteiro.flows.operate.keys.fit import require_opening
from carteiro.flows.operate.status import delivery_status
from carteiro.flows.world import World
from carteiro.model.addresses import parse_address
from carteiro.model.verdict import Verdict
from carteiro.private_files import is_open_to_all
from carteiro.runtime import key_file
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers import health
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.queues.sqlite_queue import SqliteQueue

_REACH_SECONDS = 15.0
_CLOCK_SLACK_MS = 5_000
_SAFE_PATCH = {(3, 11): 15, (3, 12): 13, (3, 13): 12, (3, 14): 3}
"""The first patch release whose email package refuses newlines in headers (CVE-2026-1299)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    verdict: Verdict
    message: str
    record: str | None = None
    """A line of a zone file that would mend it."""


async def examine(settings: Settings, tenant_id: str) -> list[Finding]:
    """Run every check; one that fails does not stop the others, and none makes anything."""
    findings = [
        _interpreter(),
        _keys(settings),
        _files(settings),
        _sender(settings),
        _exposure(settings),
    ]
    path = settings.sqlite_path
    if path is not None and not path.exists():
        text = f"there is none at {path} yet: the first start makes it"
        return [*findings, Finding("database", Verdict.WARNING, text)]
    try:
        async with open_world(settings, touch=False) as world:
            findings.append(Finding("database", Verdict.OK, _database(settings)))
            for name, check in _WORLD_CHECKS.items():
                findings.append(await _tried(name, check(world, tenant_id)))
    except CarteiroError as error:
        findings.append(Finding("database", Verdict.ERROR, error.message))
    return findings


async def examine_sending(
    settings: Settings, tenant_id: str, *, selectors: Sequence[str] = ()
) -> list[Finding]:
    """Ask the DNS about the sender of each of a tenant's connectors for mail. Makes nothing.

    Raises ``UnknownTenant``, or what opening the world does.
    """
    async with open_world(settings, touch=False) as world:
        await require_tenant(world, tenant_id)
        reports = await examine_senders(world, tenant_id, selectors=selectors)
    findings = [one for report in reports for one in _of_sender(report)]
    nobody = Finding("sender", Verdict.WARNING, f"the tenant {tenant_id} has no connector for mail")
    return findings or [nobody]


def _of_sender(report: SenderReport) -> Iterator[Finding]:
    if report.problem is not None:
        yield Finding("sender", Verdict.WARNING, f"{report.connector_id}: {report.problem}")
        return
    yield Finding("sender", Verdict.OK, f"{report.connector_id} sends from {report.address}")
    for one in report.findings:
        record = one.record
        line = (
            None if record is None else f"{record.name}. IN {record.type} {zone_text(record.value)}"
        )
        yield Finding(one.check, one.verdict, one.message, line)


async def _tried(name: str, check: Awaitable[Finding]) -> Finding:
    try:
        async with asyncio.timeout(_REACH_SECONDS):
            return await check
    except CarteiroError as error:
        return Finding(name, Verdict.ERROR, error.message)
    except TimeoutError:
        return Finding(name, Verdict.ERROR, f"no answer within {_REACH_SECONDS:g} seconds")


def _interpreter() -> Finding:
    version = sys.version_info
    shown = ".".join(map(str, version[:3]))
    wanted = _SAFE_PATCH.get((version.major, version.minor), 0)
    if version.micro >= wanted:
        return Finding("python", Verdict.OK, shown)
    advice = f"{shown}: {version.major}.{version.minor}.{wanted} mends newline faults in its email"
    return Finding("python", Verdict.WARNING, f"{advice} package (Carteiro guards against them)")


def _keys(settings: Settings) -> Finding:
    try:
        keyring = key_file.read(settings)
    except CarteiroError as error:
        return Finding("keys", Verdict.ERROR, error.message)
    if keyring is None:
        text = f"there is no {key_file.path_of(settings)}: the first start makes it"
        return Finding("keys", Verdict.WARNING, text)
    ids = ", ".join(keyring.key_ids)
    return Finding("keys", Verdict.OK, f"{len(keyring.key_ids)} configured, newest first: {ids}")


def _files(settings: Settings) -> Finding:
    paths = [key_file.path_of(settings), settings.mailbox]
    if (database := settings.sqlite_path) is not None:
        companions = [database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm")]
        paths += [database, *companions, database.parent]
    bare = [str(path) for path in paths if path is not None and is_open_to_all(path)]
    if bare:
        text = f"everybody on this machine may read: {', '.join(bare)}"
        return Finding("files", Verdict.WARNING, text)
    return Finding("files", Verdict.OK, "closed to others")


def _sender(settings: Settings) -> Finding:
    try:
        address = parse_address(settings.relay_from)
    except CarteiroError as error:
        return Finding("sender", Verdict.ERROR, f"CARTEIRO_RELAY_FROM: {error.message}")
    if address.domain.endswith(".localdomain"):
        advice = f"{address}: set CARTEIRO_RELAY_FROM to an address of your domain"
        return Finding("sender", Verdict.WARNING, f"{advice} before you use the built-in service")
    return Finding("sender", Verdict.OK, str(address))


def _exposure(settings: Settings) -> Finding:
    if settings.mailbox is not None:
        text = f"anybody reads every mail, codes and all, at {settings.public_url}/mailbox"
        return Finding("exposure", Verdict.WARNING, text)
    if not settings.egress_guard:
        return Finding("exposure", Verdict.WARNING, "the egress guard is off")
    text = "no development mailbox, egress guard on"
    names = {"https": settings.proxies.https, "SMTP": settings.proxies.smtp}
    proxied = [name for name, proxy in names.items() if proxy is not None]
    if proxied:
        text += f", {' and '.join(proxied)} through a proxy"
    return Finding("exposure", Verdict.OK, text)


def _database(settings: Settings) -> str:
    return f"SQLite at {settings.sqlite_path}" if settings.sqlite_path else "PostgreSQL"


async def _clock(world: World, tenant_id: str) -> Finding:  # noqa: ARG001 - one signature for all
    async def work(tx: Transaction) -> int:
        return await health.now(tx)

    drift = await world.database.read(work) - world.clock.now()
    shown = datetime.fromtimestamp(world.clock.now() / 1000, UTC).isoformat(timespec="seconds")
    if abs(drift) > _CLOCK_SLACK_MS:
        text = f"{shown}; the database's clock is {drift / 1000:+.1f} s away from this one"
        return Finding("clock", Verdict.ERROR, text)
    return Finding("clock", Verdict.OK, f"{shown}, with the database")


async def _tenant(world: World, tenant_id: str) -> Finding:
    await require_tenant(world, tenant_id)
    return Finding("tenant", Verdict.OK, tenant_id)


async def _seals(world: World, tenant_id: str) -> Finding:  # noqa: ARG001 - one signature for all
    await require_opening(world.database, world.keyring)
    newest, sealing = world.keyring.key_ids[0], world.keyring.primary
    if newest != sealing:
        text = f"{sealing} seals and {newest} is newer: run `carteiro keys reseal`"
        return Finding("seals", Verdict.WARNING, text)
    return Finding("seals", Verdict.OK, f"{sealing} seals, and what is sealed opens")


async def _search(world: World, tenant_id: str) -> Finding:  # noqa: ARG001 - one signature for all
    if await world.database.read(health.finds_people):
        return Finding("search", Verdict.OK, "people are found by their indexes")
    text = "the extension pg_trgm was not to be had: a search reads all people of a tenant"
    return Finding("search", Verdict.WARNING, text)


async def _queue(world: World, tenant_id: str) -> Finding:
    status = await delivery_status(world, tenant_id)
    waiting = sum(depth.total for depth in status.depths if depth.state == "queued")
    workspace = await world.workspaces.of(tenant_id)
    queued = workspace.delivery.mode is Mode.QUEUED or waiting
    works = status.processes["worker"] + (status.processes["serve"] if _embedded(world) else 0)
    shown = f"{waiting} wait, {works} process(es) deliver"
    needed = "carteiro serve" if _embedded(world) else "carteiro worker"
    if queued and not works:
        return Finding("queue", Verdict.ERROR, f"{shown}, {UNDRIVEN}: start `{needed}`")
    if status.undriven is not None:
        text = (
            f"{shown}, {UNDRIVEN}: for {status.undriven // 1000} s nothing that is due was touched"
        )
        return Finding("queue", Verdict.ERROR, f"{text}; start `{needed}` again")
    return Finding("queue", Verdict.OK, shown)


def _embedded(world: World) -> bool:
    return isinstance(world.queue, SqliteQueue)


async def _plugins(world: World, tenant_id: str) -> Finding:  # noqa: ARG001 - one signature for all
    names = ", ".join(factory.metadata.id for factory in world.registry.factories())
    return Finding("installed", Verdict.OK, names)


async def _connector(world: World, tenant_id: str) -> Finding:
    workspace = await world.workspaces.of(tenant_id)
    try:
        row, connector = workspace.connector()
    except ConnectorNotFound:
        lost = await reliance_on_type(world, tenant_id, ConnectorType.EMAIL)
        text = f"the tenant {tenant_id} has none. {lost.words}"
        verdict = Verdict.ERROR if lost.breaks_sign_in else Verdict.WARNING
        return Finding("connector", verdict, text)
    seen = f"{row.connector_id}: {await connector.check()}"
    cautions = connector.cautions()
    if cautions:
        return Finding("connector", Verdict.WARNING, "; ".join([seen, *cautions]))
    return Finding("connector", Verdict.OK, seen)


async def _sms(world: World, tenant_id: str) -> Finding:
    workspace = await world.workspaces.of(tenant_id)
    if workspace.sms is not None:
        return Finding("sms", Verdict.OK, workspace.sms.row.connector_id)
    lost = await reliance_on_type(world, tenant_id, ConnectorType.SMS)
    if lost.needs == [Need.BACKEND]:
        return Finding("sms", Verdict.OK, "no connector, and nothing in the settings needs one")
    verdict = Verdict.ERROR if lost.breaks_sign_in else Verdict.WARNING
    return Finding("sms", verdict, lost.words)


async def _factors(world: World, tenant_id: str) -> Finding:
    weak = weakness((await world.workspaces.of(tenant_id)).experience)
    if weak is not None:
        return Finding("factors", Verdict.WARNING, weak)
    return Finding("factors", Verdict.OK, "no code by mail is a second factor")


async def _protection(world: World, tenant_id: str, *, of: str) -> Finding:
    review = await review_protection(world, tenant_id)
    found = [one.message for one in review.findings if one.code.startswith(f"{of}.")]
    if found:
        return Finding(of, Verdict.WARNING, "; ".join(found))
    tries = f"{review.odds.guesses_per_day} tries a day, {review.odds.per_year:.3%} in a year"
    return Finding(of, Verdict.OK, f"a guesser has {tries}" if of == "codes" else "limited")


_WORLD_CHECKS: dict[str, Callable[[World, str], Awaitable[Finding]]] = {
    "tenant": _tenant,
    "seals": _seals,
    "clock": _clock,
    "search": _search,
    "queue": _queue,
    "installed": _plugins,
    "connector": _connector,
    "sms": _sms,
    "factors": _factors,
    "codes": partial(_protection, of="codes"),
    "sending": partial(_protection, of="sending"),
}
