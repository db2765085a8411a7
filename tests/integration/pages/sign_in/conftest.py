"""A door, and somebody in front of it with a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import Door, opened_door
from page_parts import Reader, reader


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_790_000_000_000)) as door:
        yield door


@pytest.fixture
def browser(door: Door) -> Reader:
    return reader(door)
