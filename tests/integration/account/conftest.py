"""A house on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from account_parts import House, opened_house
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def house(settings: Settings, clock: FrozenClock) -> AsyncIterator[House]:
    async with opened_house(settings, clock) as opened:
        yield opened
