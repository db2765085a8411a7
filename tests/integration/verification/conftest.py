"""The desk of these tests, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from redeem_parts import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    clock = FrozenClock()
    async with open_world(settings, clock) as world:
        await create_tenant(world, "acme", name="acme")
        yield Desk(world=world, clock=clock, keys=world.keyring)
