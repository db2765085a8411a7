"""A world with a clock that the tests own, and a provider in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox, OutboxConnector


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def world(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    async with open_world(settings, clock, [OutboxConnector]) as opened:
        await create_connector(opened, "default", NewConnector(connector_id="outbox"))
        yield opened


@pytest.fixture
async def outbox(world: World) -> Outbox:
    workspace = await world.workspaces.of("default")
    _, connector = workspace.connector()
    assert isinstance(connector, OutboxConnector)
    return connector.outbox
