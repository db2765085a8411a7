"""A world with a clock that the tests own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.flows.world import World
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from guard_parts import world_at


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def world(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    async with world_at(settings, clock) as opened:
        yield opened
