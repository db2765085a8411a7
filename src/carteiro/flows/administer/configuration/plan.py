"""What importing a configuration would do, and doing it: all of it or nothing, in one unit.

Everything is validated as the API validates it before anything is written. What is the same is not
written again, so a second import does nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carteiro.connectors.metadata import ConnectorType
from carteiro.errors import BrokenConfiguration, EntityNotExistsWithId, InvalidConfig
from carteiro.flows.administer.configuration.connectors import whole
from carteiro.flows.administer.configuration.folder import to_files
from carteiro.flows.administer.configuration.languages import language_warnings
from carteiro.flows.administer.configuration.overrides import without_strangers
from carteiro.flows.administer.configuration.signed_domains import unsigned
from carteiro.flows.administer.configuration.snapshot import (
    Json,
    Snapshot,
    put_secrets,
    read_snapshot,
)
from carteiro.flows.administer.configuration.validate import validate
from carteiro.flows.administer.configuration.write import Writer
from carteiro.flows.administer.mail.publishing import published
from carteiro.flows.administer.mail.reliance import CHANNELS, reliance_on
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import tenants

IMPORTED = "Imported with the configuration."
"""The note of every revision that an import makes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference, for people; secrets are shown by their place only."""

    lines: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    """Places whose secret would become another one."""
    warnings: tuple[str, ...] = ()
    """What stops working with it, and what is left out."""

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not self.lines and not self.secrets


async def snapshot_of(world: World, tenant_id: str) -> Snapshot:
    """The tenant's configuration. Raises ``EntityNotExistsWithId`` for an unknown tenant."""
    return await world.database.read(lambda tx: _read(tx, world, tenant_id))


async def compare(world: World, tenant_id: str, wanted: Snapshot, *, prune: bool) -> Plan:
    """What ``apply`` would do. Raises as it does."""
    # A connector is opened for it, which no unit of work can wait for.
    lacking = await _lacking(world, tenant_id, wanted, prune=prune)

    async def work(tx: Transaction) -> Plan:
        before = await _read(tx, world, tenant_id)
        known, left_out = await without_strangers(tx, tenant_id, before, wanted)
        after = _resolved(before, known, prune=prune)
        validate(world, before, after)
        lost = await _losses(tx, world, tenant_id, before, after)
        silent = unsigned(before.dkim, wanted.dkim)
        return replace(_plan(before, after), warnings=(*left_out, *lost, *silent))

    plan = await world.database.read(work)
    return replace(plan, warnings=(*plan.warnings, *lacking))


async def apply(
    world: World, tenant_id: str, wanted: Snapshot, *, prune: bool, by: Actor = OPERATOR
) -> Plan:
    """Make the tenant what the snapshot says; with ``prune``, also delete what it does not have.

    Raises ``BrokenConfiguration`` (file and line), ``EntityNotExistsWithId`` for the tenant,
    ``LanguageIncomplete``, or what a rule of the sign-in experience raises; then nothing changes.
    """
    lacking = await _lacking(world, tenant_id, wanted, prune=prune)
    publication = published(world, by, note=IMPORTED)

    async def work(tx: Transaction) -> Plan:
        await tenants.lock(tx, tenant_id)
        before = await _read(tx, world, tenant_id)
        known, left_out = await without_strangers(tx, tenant_id, before, wanted)
        after = _resolved(before, known, prune=prune)
        validate(world, before, after)
        plan = _plan(before, after)
        if not plan.empty:
            await Writer(tx, world, tenant_id, before, after, publication).write()
            changed = sorted({line[4:].split("\t")[0] for line in plan.lines if line[:4] in _HEADS})
            await announce(tx, world, tenant_id, by, "Configuration.Imported", files=changed)
        lost = await _losses(tx, world, tenant_id, before, after)
        silent = unsigned(before.dkim, wanted.dkim)
        return replace(plan, warnings=(*left_out, *lost, *silent, *lacking))

    return await change(world, tenant_id, work)


async def _read(tx: Transaction, world: World, tenant_id: str) -> Snapshot:
    if await tenants.get(tx, tenant_id) is None:
        raise EntityNotExistsWithId(f"There is no tenant {tenant_id!r}.")
    return await read_snapshot(tx, world, tenant_id)


async def _lacking(
    world: World, tenant_id: str, wanted: Snapshot, *, prune: bool
) -> tuple[str, ...]:
    """What languages lack that would go live. Raises as ``apply`` does."""

    async def work(tx: Transaction) -> tuple[Snapshot, Snapshot]:
        before = await _read(tx, world, tenant_id)
        known, _ = await without_strangers(tx, tenant_id, before, wanted)
        after = _resolved(before, known, prune=prune)
        validate(world, before, after)
        return before, after

    before, after = await world.database.read(work)
    return await language_warnings(world, tenant_id, before, after)


async def _losses(
    tx: Transaction, world: World, tenant_id: str, before: Snapshot, after: Snapshot
) -> tuple[str, ...]:
    """In words: what rests on a connector that works today and would not any more."""
    lost = [
        kind for kind in CHANNELS if _works(world, before, kind) and not _works(world, after, kind)
    ]
    return tuple(
        [(await reliance_on(tx, tenant_id, kind, after.experience)).words for kind in lost]
    )


def _works(world: World, snapshot: Snapshot, kind: ConnectorType) -> bool:
    connector = snapshot.connectors.get(kind.lower())
    if connector is None or not world.registry.has(connector["connectorId"]):
        return False
    try:
        config = put_secrets(connector["config"], snapshot.secrets)
        world.registry.get(connector["connectorId"]).parse(config)
    except InvalidConfig:
        return False
    return True


_HEADS = ("--- ", "+++ ")


def _resolved(before: Snapshot, wanted: Snapshot, *, prune: bool) -> Snapshot:
    """The whole as it is to be, every secret with a value."""

    def merged(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(new) if prune else {**old, **new}

    after = replace(
        wanted,
        experience=merged(before.experience, wanted.experience),
        settings=merged(before.settings, wanted.settings),
        connectors={
            name: whole(name, connector)
            for name, connector in merged(before.connectors, wanted.connectors).items()
        },
        languages=merged(before.languages, wanted.languages),
        templates=merged(before.templates, wanted.templates),
        overrides=merged(before.overrides, wanted.overrides),
        override_templates={
            key: merged(before.override_templates.get(key, {}), words)
            for key, words in merged(before.override_templates, wanted.override_templates).items()
        },
        organization_roles=merged(before.organization_roles, wanted.organization_roles),
        dkim=before.dkim,
        secrets={**_kept(before, wanted), **wanted.secrets},
    )
    for name, connector in after.connectors.items():
        _require_secrets(f"connectors/{name}.yaml", connector, after)
    for name, setting in after.settings.items():
        _require_secrets(f"settings/{name}.yaml", setting, after)
    return after


def _kept(before: Snapshot, wanted: Snapshot) -> dict[str, Any]:
    """The tenant's own secrets, but for those of a connector that gives way to another provider."""
    gone = tuple(
        f"connectors.{name}."
        for name, connector in before.connectors.items()
        if name in wanted.connectors
        and wanted.connectors[name].get("connectorId") != connector["connectorId"]
    )
    return {path: value for path, value in before.secrets.items() if not path.startswith(gone)}


def _require_secrets(path: str, value: Json, after: Snapshot) -> None:
    try:
        put_secrets(value, after.secrets)
    except KeyError as missing:
        text = {**to_files(after), **after.sources}[path]
        reference = str(missing.args[0])
        line = next((n for n, row in enumerate(text.split("\n"), 1) if reference in row), 1)
        raise BrokenConfiguration(
            path, line, f"there is no value for the secret {reference}"
        ) from None


def _plan(before: Snapshot, after: Snapshot) -> Plan:
    old, new = to_files(before), to_files(after)
    lines: list[str] = []
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            lines += list(
                difflib.unified_diff(
                    old.get(path, "").splitlines(),
                    new.get(path, "").splitlines(),
                    path if path in old else "/dev/null",
                    path if path in new else "/dev/null",
                    lineterm="",
                    n=2,
                )
            ) or [f"--- {path}", f"+++ {path}", "(line ends)"]
    places = sorted(
        place
        for place, value in after.secrets.items()
        if place in before.secrets and before.secrets[place] != value
    )
    return Plan(tuple(lines), tuple(places))
