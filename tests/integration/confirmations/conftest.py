"""A bank on each database, with a clock that the test owns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from confirm_parts import Bank, opened_bank


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def bank(settings: Settings, clock: FrozenClock) -> AsyncIterator[Bank]:
    async with opened_bank(settings, clock) as opened:
        yield opened
