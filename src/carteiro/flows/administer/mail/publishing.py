"""An administrator publishes something: it is live at once, and says by whom it is and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from carteiro.delivery.workspaces.connections import open_row, seal_config
from carteiro.errors import EntityNotFound, SealBroken
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connector_revisions, connectors, fallbacks
from carteiro.storage.tenancy.connector_revisions import Owner
from carteiro.storage.tenancy.connectors import ConnectorRow


def published(
    world: World, by: Actor, *, note: str | None = None, restores: int | None = None
) -> Publication:
    """Something is published now."""
    return Publication(
        by=by, at=world.clock.now(), keep=world.revisions_kept, note=note, restores=restores
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a connector stands: the tenant's first one of its type, a further or a reserved one.

    ``event`` is what the audit log calls a change of it.
    """

    find: Callable[[Transaction, str, str], Awaitable[ConnectorRow | None]]
    owner: Owner
    event: str


async def _further(tx: Transaction, tenant_id: str, id: str) -> ConnectorRow | None:  # noqa: A002 - the column's name
    row = await fallbacks.get(tx, tenant_id, id)
    return None if row is None or row.reserved else row.connector


async def _reserved(tx: Transaction, tenant_id: str, id: str) -> ConnectorRow | None:  # noqa: A002 - the column's name
    row = await fallbacks.get(tx, tenant_id, id)
    return row.connector if row is not None and row.reserved else None


FIRST = Line(find=connectors.get, owner=Owner.FIRST, event="Connector.Updated")
FURTHER = Line(find=_further, owner=Owner.FURTHER, event="FallbackConnector.Updated")
RESERVED = Line(find=_reserved, owner=Owner.FURTHER, event="FallbackConnector.Updated")


async def publish_config(
    tx: Transaction,
    world: World,
    line: Line,
    row: ConnectorRow,
    config: Mapping[str, Any],
    publication: Publication,
) -> ConnectorRow:
    """Make a config live; the row as it is then. One that is live already makes no revision.

    Raises ``EntityNotFound`` when the connector is gone.
    """
    if _is_live(world, row, config):
        return row
    sealed = seal_config(world.keyring, row.tenant_id, row.id, config)
    found = await connector_revisions.publish(
        tx, line.owner, row.tenant_id, row.id, sealed, publication
    )
    return replace(row, config_sealed=sealed, revision=existing(found, EntityNotFound))


def _is_live(world: World, row: ConnectorRow, config: Mapping[str, Any]) -> bool:
    try:
        return open_row(world.keyring, row).config == config
    except SealBroken:
        return False
