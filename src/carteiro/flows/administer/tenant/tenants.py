"""An operator opens a tenant: a space of its own for settings, templates, codes and keys."""

from __future__ import annotations

import re
from enum import StrEnum

from carteiro.directory.management_access import ensure_management_access
from carteiro.errors import InvalidInput, UnknownTenant
from carteiro.flows.world import World
from carteiro.model.issues import issue
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import tenants
from carteiro.storage.tenancy.tenants import TenantRow


class TenantTag(StrEnum):
    """What a tenant is for; pages of a development one say so."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_ID = re.compile(r"[0-9a-z](?:[0-9a-z-]{0,19}[0-9a-z])?")


async def create_tenant(
    world: World,
    id: str,  # noqa: A002 - the wire's name
    *,
    name: str,
    tag: TenantTag = TenantTag.DEVELOPMENT,
) -> None:
    """Create a tenant. Raises ``InvalidInput`` (bad id) or ``UniqueViolation`` (taken)."""
    if not _ID.fullmatch(id):
        text = "A tenant id has 1 to 21 of 0-9, a-z and inner dashes."
        raise InvalidInput([issue("invalid_string", ["id"], text, validation="regex")], text)
    now = world.clock.now()

    async def work(tx: Transaction) -> None:
        await tenants.create(tx, id=id, name=name, tag=tag, created_at=now)
        await ensure_management_access(tx, id, now)

    await world.database.write(work)


async def require_tenant(world: World, id: str) -> None:  # noqa: A002 - the wire's name
    """See that a tenant exists. Raises ``UnknownTenant``."""
    if await world.database.read(lambda tx: tenants.get(tx, id)) is None:
        raise UnknownTenant(f"There is no tenant {id!r}: `carteiro tenants list` shows all.")


async def list_tenants(world: World) -> list[TenantRow]:
    """Every tenant, by id."""
    return await world.database.read(tenants.list_all)
