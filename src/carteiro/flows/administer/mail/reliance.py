"""An administrator asks what rests on a connector, before it goes or when it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carteiro.connectors.metadata import ConnectorType
from carteiro.directory.reliance import Counted, Reliance, reliance
from carteiro.directory.settings.experience_record import record
from carteiro.errors import EntityNotFound
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.tenancy import connectors, experience, overrides

COUNTED_AT_MOST = 10_001
"""How far people are counted: more than that is told as "at least"."""
CHANNELS = {ConnectorType.EMAIL: "email", ConnectorType.SMS: "phone"}


async def reliance_on(
    tx: Transaction,
    tenant_id: str,
    kind: ConnectorType,
    settings: Mapping[str, Any] | None = None,
) -> Reliance:
    """What rests on the tenant's connector of this type, whether or not it is there.

    ``settings`` is a record of the sign-in experience in place of the stored one.
    """
    if settings is None:
        settings = await experience.get(tx, tenant_id)
    others = {row.type for row in await connectors.list_all(tx, tenant_id)} - {kind}
    row = await users.reached(tx, tenant_id, CHANNELS[kind], most=COUNTED_AT_MOST)
    counted = Counted(
        people=row["people"],
        without_password=row["without_password"],
        without_other=row["without_other"],
        with_neither=row["with_neither"],
        capped=row["people"] == COUNTED_AT_MOST,
    )
    full = record(tenant_id, settings)
    return reliance(full, CHANNELS[kind], counted, other_works=bool(others))


async def reliance_on_type(world: World, tenant_id: str, kind: ConnectorType) -> Reliance:
    """The same, read by itself."""
    return await world.database.read(lambda tx: reliance_on(tx, tenant_id, kind))


async def reliance_on_connector(world: World, tenant_id: str, id: str) -> Reliance:  # noqa: A002 - the wire's name
    """What stops when this connector is deleted. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> Reliance:
        row = existing(await connectors.get(tx, tenant_id, id), EntityNotFound)
        named = await overrides.users_of(tx, tenant_id, id)
        rests = await reliance_on(tx, tenant_id, ConnectorType(row.type))
        return replace(rests, overrides=named)

    return await world.database.read(work)
