"""An administrator drafts a connector's config, publishes it, and goes back in its history.

The same for the tenant's connectors, for further and for reserved ones. Configs are sealed
wherever they are kept; of the secrets in them nothing is told but that one is another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.workspaces.connections import connector_context, open_row, seal_config
from carteiro.errors import DraftOutdated, EntityNotFound, SealBroken
from carteiro.flows.administer.mail.comparing import Side, compare_sides
from carteiro.flows.administer.mail.factories import accepted_config, factory_of
from carteiro.flows.administer.mail.publishing import (
    FIRST,
    FURTHER,
    RESERVED,
    Line,
    publish_config,
    published,
)
from carteiro.flows.administer.mail.unusable import require_usable
from carteiro.flows.announce import announce
from carteiro.flows.change import change, commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.config_diff import Changes
from carteiro.model.masking import unmask
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connector_revisions, connectors
from carteiro.storage.tenancy.connector_revisions import CONFIGS, ConfigRow
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.storage.tenancy.revisions import DRAFT, RevisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRevision:
    """A revision or a draft with its config in clear; ``live`` is the number of the live one."""

    row: ConfigRow
    config: Mapping[str, Any] = field(repr=False)
    live: int

    @property
    def is_outdated(self) -> bool:
        """Of a draft: whether something was published since."""
        return self.row.based_on != self.live


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigHistory:
    """The number of the live revision, and a page of all of them, newest first."""

    live: int
    revisions: Part[RevisionRow]


async def line_of(world: World, tenant_id: str, id: str | None) -> tuple[Line, str]:  # noqa: A002 - the wire's name
    """Where a connector stands; without an id the tenant's email connector and its id.

    Raises ``EntityNotFound``.
    """

    async def work(tx: Transaction) -> tuple[Line, str] | None:
        for row in await connectors.list_all(tx, tenant_id):
            if row.id == id or (id is None and row.type == ConnectorType.EMAIL):
                return FIRST, row.id
        for line in (FURTHER, RESERVED):
            if id is not None and await line.find(tx, tenant_id, id) is not None:
                return line, id
        return None

    return existing(await world.database.read(work), EntityNotFound)


async def get_config_history(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    page: Page | None,
) -> ConfigHistory:
    """What was published of a connector's config. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> ConfigHistory:
        row = existing(await line.find(tx, tenant_id, id), EntityNotFound)
        revisions = await CONFIGS.list_all(tx, tenant_id, id, page)
        return ConfigHistory(live=row.revision, revisions=revisions)

    return await world.database.read(work)


async def get_config_revision(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int = DRAFT,
) -> ConfigRevision:
    """One revision, or the draft. Raises ``EntityNotFound``, ``SealBroken``."""

    async def work(tx: Transaction) -> ConfigRevision:
        row = existing(await line.find(tx, tenant_id, id), EntityNotFound)
        return await _revision(tx, world, row, number)

    return await world.database.read(work)


async def save_config_draft(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    config: Mapping[str, Any],
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> ConfigRevision:
    """Keep a config in place of an older draft; nothing is sent through it.

    A masked secret is the older draft's, or else the live one's. Raises ``EntityNotFound`` or
    ``InvalidConfig``.
    """

    async def work(tx: Transaction) -> ConfigRevision:
        row = await _locked(tx, line, tenant_id, id)
        given: Any = dict(config)
        for known in (await _drafted(tx, world, row), _live(world, row)):
            given = unmask(given, known)
        kept = _accepted(world, line, row, given)
        await CONFIGS.save_draft(
            tx,
            tenant_id,
            id,
            seal_config(world.keyring, tenant_id, id, kept),
            published(world, by, note=note),
            based_on=row.revision,
        )
        name, target = _event(line, "DraftSaved"), {"connectorId": id}
        await announce(tx, world, tenant_id, by, name, target=target, after={"config": kept})
        return await _revision(tx, world, row, DRAFT)

    return await commit(world, work)


async def drop_config_draft(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Do without the draft. Raises ``EntityNotFound``, also where there is none."""

    async def work(tx: Transaction) -> None:
        row = await _locked(tx, line, tenant_id, id)
        before = {"draft": True, "config": await _drafted(tx, world, row)}
        if not await CONFIGS.drop_draft(tx, tenant_id, id):
            raise EntityNotFound
        name, target = _event(line, "DraftDropped"), {"connectorId": id}
        await announce(tx, world, tenant_id, by, name, target=target, before=before)

    await commit(world, work)


async def publish_config_draft(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> ConfigRevision:
    """Send through the draft from now on; without a note it keeps its own.

    Raises ``EntityNotFound``, ``InvalidConfig`` or ``DraftOutdated``.
    """

    async def work(tx: Transaction) -> ConfigRevision:
        row = await _locked(tx, line, tenant_id, id)
        draft = await _revision(tx, world, row, DRAFT)
        if draft.is_outdated:
            raise DraftOutdated(data={"id": id, "latest": row.revision})
        publication = published(world, by, note=note or draft.row.note)
        live = await _publish(tx, world, line, row, draft.config, publication)
        await CONFIGS.drop_draft(tx, tenant_id, id)
        return live

    return await change(world, tenant_id, work)


async def restore_config(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int,
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> ConfigRevision:
    """Send through the config of an older revision again, with the secrets that it had.

    Raises ``EntityNotFound``, or ``InvalidConfig`` for one that would not be accepted today.
    """

    async def work(tx: Transaction) -> ConfigRevision:
        row = await _locked(tx, line, tenant_id, id)
        old = await _revision(tx, world, row, number)
        publication = published(world, by, note=note, restores=number)
        return await _publish(tx, world, line, row, old.config, publication)

    return await change(world, tenant_id, work)


async def compare_configs(
    world: World,
    line: Line,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    old: Side,
    new: Side,
) -> Changes:
    """What differs between two revisions, the draft and what is live. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> list[Mapping[str, Any]]:
        row = existing(await line.find(tx, tenant_id, id), EntityNotFound)
        numbers = [existing(side.number(row.revision), EntityNotFound) for side in (old, new)]
        return [(await _revision(tx, world, row, number)).config for number in numbers]

    before, after = await world.database.read(work)
    return await compare_sides(world, before, after)


async def _publish(
    tx: Transaction,
    world: World,
    line: Line,
    row: ConnectorRow,
    config: Mapping[str, Any],
    publication: Publication,
) -> ConfigRevision:
    kept = _accepted(world, line, row, config)
    before = _live(world, row)
    live = await publish_config(tx, world, line, row, kept, publication)
    await announce(
        tx,
        world,
        row.tenant_id,
        publication.by,
        line.event,
        target={"connectorId": row.id},
        before={"config": before},
        after={"config": kept},
    )
    return await _revision(tx, world, live, live.revision)


def _live(world: World, row: ConnectorRow) -> dict[str, Any]:
    """The config that is live; nothing of one that no key opens, so that another may follow it."""
    with suppress(SealBroken):
        return dict(open_row(world.keyring, row).config)
    return {}


async def _drafted(tx: Transaction, world: World, row: ConnectorRow) -> dict[str, Any]:
    """The config of the draft, if there is one that a key opens."""
    with suppress(EntityNotFound, SealBroken):
        return dict((await _revision(tx, world, row, DRAFT)).config)
    return {}


def _accepted(
    world: World, line: Line, row: ConnectorRow, config: Mapping[str, Any]
) -> dict[str, Any]:
    factory = factory_of(world, row.connector_id, EntityNotFound())
    kept = accepted_config(factory, config)
    if line is not FIRST:
        require_usable(factory, kept)
    return kept


async def _locked(tx: Transaction, line: Line, tenant_id: str, id: str) -> ConnectorRow:  # noqa: A002 - the wire's name
    await connector_revisions.lock(tx, line.owner, tenant_id, id)
    return existing(await line.find(tx, tenant_id, id), EntityNotFound)


async def _revision(
    tx: Transaction, world: World, row: ConnectorRow, number: int
) -> ConfigRevision:
    found = existing(await CONFIGS.get(tx, row.tenant_id, row.id, number), EntityNotFound)
    clear = world.keyring.open(found.config_sealed, connector_context(row.tenant_id, row.id))
    return ConfigRevision(row=found, config=json.loads(clear), live=row.revision)


def _event(line: Line, what: str) -> str:
    return f"{line.event.partition('.')[0]}.{what}"
