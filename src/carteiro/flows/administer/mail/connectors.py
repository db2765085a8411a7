"""An administrator chooses, sets up, changes and deletes the tenant's email connector.

There is one: creating another replaces it, in one transaction and at once ("change connector").
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from carteiro import secrets
from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.providers.builtin import BuiltinConnector
from carteiro.delivery.workspaces.connections import StoredConnector, open_row, seal_config
from carteiro.directory.reliance import Reliance
from carteiro.directory.settings.experience_record import record
from carteiro.directory.settings.experience_rules import recovers
from carteiro.errors import (
    CannotOverwriteMetadata,
    CarteiroError,
    EntityNotFound,
    InvalidConfig,
    InvalidTypeForSyncingProfile,
    PasswordExpirationRequiresForgotPassword,
    UnknownConnectorId,
)
from carteiro.flows.administer.mail.factories import accepted_config, deep_clean, factory_of
from carteiro.flows.administer.mail.publishing import FIRST, publish_config, published
from carteiro.flows.administer.mail.reliance import reliance_on, reliance_on_type
from carteiro.flows.administer.tenant.sign_in_experience import surroundings
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.masking import unmask
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import usage
from carteiro.storage.tenancy import (
    connector_revisions,
    connectors,
    experience,
    overrides,
    tenants,
)
from carteiro.storage.tenancy.connectors import ConnectorRow

_log = structlog.get_logger("carteiro.connectors")
_USAGE_DEADLINE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnector:
    """What a new connector is made of. Without ``config`` it is stored unconfigured."""

    connector_id: str
    id: str | None = None
    config: Mapping[str, Any] | None = field(default=None, repr=False)
    metadata: Mapping[str, Any] | None = None
    sync_profile: bool = False


async def list_connectors(world: World, tenant_id: str) -> list[StoredConnector]:
    """The tenant's connectors by id; one whose factory is not installed is left out."""

    async def work(tx: Transaction) -> list[ConnectorRow]:
        return await connectors.list_all(tx, tenant_id)

    rows = await world.database.read(work)
    return [open_row(world.keyring, row) for row in rows if world.registry.has(row.connector_id)]


async def get_connector(world: World, tenant_id: str, id: str) -> StoredConnector:  # noqa: A002 - the wire's name
    """One connector. Raises ``EntityNotFound``, also when its factory is not installed."""
    row = await _row(world, tenant_id, id)
    if not world.registry.has(row.connector_id):
        raise EntityNotFound
    return open_row(world.keyring, row)


async def create_connector(
    world: World, tenant_id: str, new: NewConnector, *, by: Actor = OPERATOR
) -> StoredConnector:
    """Store a connector in place of the tenant's other ones of its type.

    Raises ``UnknownConnectorId``, ``InvalidConfig`` or, for an id in use, ``UniqueViolation``.
    """
    factory = factory_of(world, new.connector_id, UnknownConnectorId(new.connector_id))
    config = {} if new.config is None else accepted_config(factory, new.config)
    id_ = new.id or secrets.short_id()
    row = ConnectorRow(
        tenant_id=tenant_id,
        id=id_,
        type=factory.kind,
        connector_id=new.connector_id,
        config_sealed=seal_config(world.keyring, tenant_id, id_, config),
        metadata=json.dumps(deep_clean(dict(new.metadata or {}))),
        sync_profile=new.sync_profile,
        enable_token_storage=False,
        created_at=world.clock.now(),
    )
    publication = published(world, by)

    async def work(tx: Transaction) -> None:
        replaced = [one for one in await connectors.list_all(tx, tenant_id) if one.type == row.type]
        await connectors.replace_of_type(tx, row, publication)
        for one in replaced:
            await overrides.repoint(tx, tenant_id, one.id, by=id_)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "Connector.Created",
            target={"connectorId": id_},
            before=_told(world, replaced[0]) if replaced else None,
            after=_told(world, row),
        )

    await change(world, tenant_id, work)
    return StoredConnector(row=row, config=config)


async def update_connector(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    config: Mapping[str, Any] | None,
    overwrites_metadata: bool,
    sync_profile: bool | None,
    by: Actor = OPERATOR,
) -> StoredConnector:
    """Replace the config, if one is given; a masked secret keeps the stored one.

    Raises ``EntityNotFound``, ``InvalidConfig``, ``CannotOverwriteMetadata`` or
    ``InvalidTypeForSyncingProfile``; then nothing is changed.
    """
    row = await _row(world, tenant_id, id)
    factory = factory_of(world, row.connector_id, EntityNotFound())
    if overwrites_metadata:
        raise CannotOverwriteMetadata
    if sync_profile:
        raise InvalidTypeForSyncingProfile
    stored = open_row(world.keyring, row)
    if config is None and sync_profile is None:
        return stored
    publication = published(world, by)

    async def work(tx: Transaction) -> StoredConnector:
        await connector_revisions.lock(tx, FIRST.owner, tenant_id, id)
        row = existing(await connectors.get(tx, tenant_id, id), EntityNotFound)
        before = open_row(world.keyring, row)
        kept = before.config
        if config is not None:
            kept = accepted_config(factory, unmask(dict(config), dict(before.config)))
        changed = row
        if sync_profile is not None:
            changed = replace(row, sync_profile=sync_profile)
            await connectors.update(tx, changed)
        changed = await publish_config(tx, world, FIRST, changed, kept, publication)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "Connector.Updated",
            target={"connectorId": id},
            before=_told(world, row),
            after=_told(world, changed),
        )
        return StoredConnector(row=changed, config=kept)

    return await change(world, tenant_id, work)


async def delete_connector(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> Reliance:
    """Delete; what stops with it.

    Raises ``EntityNotFound``, or refuses to take the last way to reset a password.
    """
    row = await _row(world, tenant_id, id)

    async def work(tx: Transaction) -> Reliance:
        await tenants.lock(tx, tenant_id)
        if not await connectors.delete(tx, tenant_id, id):
            raise EntityNotFound
        settings = record(tenant_id, await experience.get(tx, tenant_id))
        remaining = await surroundings(tx, tenant_id)
        expires = settings["passwordExpiration"].get("enabled")
        if expires and not recovers(settings["forgotPasswordMethods"], remaining):
            raise PasswordExpirationRequiresForgotPassword
        target = {"connectorId": id}
        before = _told(world, row)
        await announce(tx, world, tenant_id, by, "Connector.Deleted", target=target, before=before)
        orphaned = await overrides.repoint(tx, tenant_id, id, by=None)
        return replace(
            await reliance_on(tx, tenant_id, ConnectorType(row.type)), overrides=orphaned
        )

    return await change(world, tenant_id, work)


async def warning_about(world: World, stored: StoredConnector) -> str | None:
    """What does not work with a connector whose config is none yet; ``None`` for one that works."""
    factory = world.registry.get(stored.row.connector_id)
    try:
        factory.parse(stored.config)
    except InvalidConfig:
        lost = await reliance_on_type(world, stored.row.tenant_id, factory.kind)
        return f"This connector has no valid config yet. {lost.words}"
    return None


async def usage_of(world: World, stored: StoredConnector) -> int | None:
    """How many mails the connector has sent since it was created; ``None`` where nobody counts.

    Best effort within three seconds: a list of connectors is not held up by a counter.
    """
    factory = world.registry.get(stored.row.connector_id)
    if not factory.capabilities.counts_usage:
        return None

    async def work(tx: Transaction) -> int:
        return await usage.read(tx, stored.row.tenant_id, stored.row.id)

    try:
        async with asyncio.timeout(_USAGE_DEADLINE):
            return await world.database.read(work)
    except (TimeoutError, CarteiroError) as error:
        _log.warning(
            "usage could not be read", connector=stored.row.id, reason=type(error).__name__
        )
        return None


def sender_of(world: World, factory: type[Connector]) -> str | None:
    """The fixed sender address of the built-in service; ``None`` for every other connector."""
    if issubclass(factory, BuiltinConnector) and world.services.relay is not None:
        return world.services.relay.from_address
    return None


def _told(world: World, row: ConnectorRow) -> dict[str, Any]:
    """A connector as the audit log tells of it; what cannot be opened is not told."""
    try:
        config: Mapping[str, Any] = open_row(world.keyring, row).config
    except CarteiroError:
        config = {}
    return {
        "id": row.id,
        "connectorId": row.connector_id,
        "config": config,
        "metadata": json.loads(row.metadata),
        "syncProfile": row.sync_profile,
    }


async def _row(world: World, tenant_id: str, id: str) -> ConnectorRow:  # noqa: A002 - the wire's name
    found = await world.database.read(lambda tx: connectors.get(tx, tenant_id, id))
    return existing(found, EntityNotFound)
