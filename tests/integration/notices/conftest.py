"""A door with an outbox, whose clock the test owns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import Door, opened_door

START = 1_800_000_000_000


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def door(settings: Settings, clock: FrozenClock) -> AsyncIterator[Door]:
    async with opened_door(settings, clock) as opened:
        yield opened
