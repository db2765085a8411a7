"""An administrator sets up further connectors.

Most are tried in their order when the first cannot; reserved ones wait for an override to name
them, and nobody else sends through them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.workspaces.connections import open_row, seal_config
from carteiro.errors import (
    ConnectorInUse,
    EntityNotFound,
    InvalidRequestInput,
    SealBroken,
    UnexpectedType,
    UnknownConnectorId,
)
from carteiro.flows.administer.mail.factories import accepted_config, factory_of
from carteiro.flows.administer.mail.publishing import FURTHER, publish_config, published
from carteiro.flows.administer.mail.unusable import require_usable
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.masking import unmask
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connector_revisions, fallbacks, overrides, tenants
from carteiro.storage.tenancy.fallbacks import FallbackRow

MOST = 10
"""Further connectors of a tenant that have a place in the order."""
MOST_RESERVED = 1_000
"""Reserved ones: they are opened one by one, when they are first used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """One of them with its config in clear."""

    row: FallbackRow
    config: Mapping[str, Any] = field(repr=False)


async def list_fallbacks(world: World, tenant_id: str) -> list[Fallback]:
    """In their order."""

    async def work(tx: Transaction) -> list[FallbackRow]:
        return await fallbacks.list_all(tx, tenant_id)

    return [_open(world, row) for row in await world.database.read(work)]


async def find_reserved(world: World, tenant_id: str, page: Page) -> Part[Fallback]:
    """A page of the reserved ones, the oldest first."""
    found = await world.database.read(lambda tx: fallbacks.list_reserved(tx, tenant_id, page))
    return Part([_open(world, row) for row in found.rows], found.total)


async def get_fallback(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    reserved: bool = False,
) -> Fallback:
    """One of them. Raises ``EntityNotFound``, also for one of the other kind."""
    found = await world.database.read(lambda tx: fallbacks.get(tx, tenant_id, id))
    return _open(world, _of_kind(found, reserved))


async def create_fallback(
    world: World,
    tenant_id: str,
    connector_id: str,
    config: Mapping[str, Any],
    *,
    limits: Mapping[str, Any],
    reserved: bool = False,
    by: Actor = OPERATOR,
) -> Fallback:
    """Put one at the end, or beside the order.

    Raises ``UnknownConnectorId``, ``UnexpectedType``, ``InvalidConfig``.
    """
    if not world.registry.has(connector_id):
        raise UnknownConnectorId(connector_id)
    factory = world.registry.get(connector_id)
    if factory.kind is not ConnectorType.EMAIL:
        raise UnexpectedType
    id_ = secrets.short_id()
    accepted = accepted_config(factory, config)
    require_usable(factory, accepted)
    row = FallbackRow(
        tenant_id=tenant_id,
        id=id_,
        connector_id=connector_id,
        config_sealed=seal_config(world.keyring, tenant_id, id_, accepted),
        limits=limits,
        created_at=world.clock.now(),
        reserved=reserved,
    )

    publication = published(world, by)

    async def work(tx: Transaction) -> None:
        # Two at once must not both find the last place free.
        await tenants.lock(tx, tenant_id)
        await _require_room(tx, row)
        await fallbacks.create(tx, row, publication)
        target = {"connectorId": id_}
        name, after = "FallbackConnector.Created", _told(row, accepted)
        await announce(tx, world, tenant_id, by, name, target=target, after=after)

    await change(world, tenant_id, work)
    return Fallback(row=row, config=accepted)


async def update_fallback(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    config: Mapping[str, Any] | None,
    limits: Mapping[str, Any] | None,
    reserved: bool = False,
    by: Actor = OPERATOR,
) -> Fallback:
    """Replace what is given; a masked secret keeps the stored one.

    Raises ``EntityNotFound``, ``UnknownConnectorId`` or ``InvalidConfig``.
    """
    stored = await get_fallback(world, tenant_id, id, reserved=reserved)
    if config is None and limits is None:
        return stored
    factory = None
    if config is not None:
        missing = UnknownConnectorId(stored.row.connector_id)
        factory = factory_of(world, stored.row.connector_id, missing)
    publication = published(world, by)

    async def work(tx: Transaction) -> Fallback:
        await connector_revisions.lock(tx, FURTHER.owner, tenant_id, id)
        row = existing(await fallbacks.get(tx, tenant_id, id), EntityNotFound)
        before = _open(world, row).config
        kept = before
        if factory is not None:
            kept = accepted_config(factory, unmask(dict(config or {}), dict(before)))
            require_usable(factory, kept)
        changed = row if limits is None else replace(row, limits=limits)
        await fallbacks.update(tx, changed)
        live = await publish_config(tx, world, FURTHER, row.connector, kept, publication)
        changed = replace(changed, config_sealed=live.config_sealed, revision=live.revision)
        target = {"connectorId": id}
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "FallbackConnector.Updated",
            target=target,
            before=_told(row, before),
            after=_told(changed, kept),
        )
        return Fallback(row=changed, config=kept)

    return await change(world, tenant_id, work)


async def order_fallbacks(
    world: World, tenant_id: str, ids: Sequence[str], *, by: Actor = OPERATOR
) -> list[Fallback]:
    """Put them into an order; it names each of them once. Raises ``InvalidRequestInput``."""

    async def work(tx: Transaction) -> None:
        known = [row.id for row in await fallbacks.list_all(tx, tenant_id)]
        if sorted(known) != sorted(ids):
            raise InvalidRequestInput("The order names each further connector once.")
        await fallbacks.order(tx, tenant_id, ids)
        before, after = {"order": known}, {"order": list(ids)}
        name = "FallbackConnector.Ordered"
        await announce(tx, world, tenant_id, by, name, before=before, after=after, order=list(ids))

    await change(world, tenant_id, work)
    return await list_fallbacks(world, tenant_id)


async def delete_fallback(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    reserved: bool = False,
    by: Actor = OPERATOR,
) -> None:
    """Do without one. Raises ``EntityNotFound``, or ``ConnectorInUse`` while overrides name it."""

    async def work(tx: Transaction) -> None:
        await tenants.lock(tx, tenant_id)
        row = _of_kind(await fallbacks.get(tx, tenant_id, id), reserved)
        if used := await overrides.users_of(tx, tenant_id, id):
            raise ConnectorInUse(
                f"{used} overrides of organizations or applications send through this connector."
            )
        if not await fallbacks.delete(tx, tenant_id, id):
            raise EntityNotFound
        target, name = {"connectorId": id}, "FallbackConnector.Deleted"
        config: Mapping[str, Any] = {}
        with suppress(SealBroken):  # what no key opens is not told, and goes all the same
            config = _open(world, row).config
        before = _told(row, config)
        await announce(tx, world, tenant_id, by, name, target=target, before=before)

    await change(world, tenant_id, work)


def _of_kind(found: FallbackRow | None, reserved: bool) -> FallbackRow:
    row = existing(found, EntityNotFound)
    if row.reserved != reserved:
        raise EntityNotFound
    return row


async def _require_room(tx: Transaction, row: FallbackRow) -> None:
    if row.reserved:
        count = await fallbacks.count_reserved(tx, row.tenant_id)
        most, noun = MOST_RESERVED, "reserved"
    else:
        count = len(await fallbacks.list_all(tx, row.tenant_id))
        most, noun = MOST, "further"
    if count >= most:
        raise InvalidRequestInput(f"There are {most:,} {noun} connectors at most.")


def _open(world: World, row: FallbackRow) -> Fallback:
    return Fallback(row=row, config=open_row(world.keyring, row.connector).config)


def _told(row: FallbackRow, config: Mapping[str, Any]) -> dict[str, Any]:
    """A connector as the audit log tells of it."""
    return {"connectorId": row.connector_id, "config": config, "rateLimit": row.limits}
