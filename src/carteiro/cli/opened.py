"""The world that a command works in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carteiro.flows.world import World


@asynccontextmanager
async def opened_world(tenant: str | None = None) -> AsyncIterator[World]:
    """Open the world of the settings.

    Raises what ``open_world`` does, and ``UnknownTenant`` for a tenant that does not exist.
    """
    from carteiro.flows.administer.tenant.tenants import require_tenant
    from carteiro.runtime.opening import open_world
    from carteiro.settings import read_settings

    async with open_world(read_settings()) as world:
        if tenant is not None:
            await require_tenant(world, tenant)
        yield world
