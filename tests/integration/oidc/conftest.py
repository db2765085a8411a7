"""Somebody with a browser, and an application that they have never used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import sign_in_parts
from carteiro.flows.world import World
from carteiro.model.page import Page
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import logs
from carteiro.testing.clock import FrozenClock
from sign_in_parts import Browser


@pytest.fixture
async def someone(app: Any, anonymous: httpx.AsyncClient) -> AsyncIterator[Browser]:
    """Ann's browser; ``app`` is an application with a secret."""
    world: World = app.state.world
    await sign_in_parts.make_person(world)
    await sign_in_parts.make_client(world)
    made = sign_in_parts.browser(world, anonymous)
    yield made
    await made.http.aclose()


@pytest.fixture
def audit(someone: Browser) -> Any:
    """Asks for the entries of the audit log under a key, oldest first."""

    async def entries(key: str) -> list[dict[str, Any]]:
        wanted = logs.LogFilter(key=key)

        async def work(tx: Transaction) -> list[dict[str, Any]]:
            part = await logs.find(tx, "default", wanted, Page(1, 100), count_at_most=None)
            return [json.loads(row.payload) for row in reversed(part.rows)]

        return await someone.world.database.read(work)

    return entries


@pytest.fixture
async def clock(someone: Browser) -> AsyncIterator[FrozenClock]:
    """Time that stands still until it is moved."""
    frozen = FrozenClock(someone.world.clock.now())
    before = someone.world.clock
    object.__setattr__(someone.world, "clock", frozen)
    yield frozen
    object.__setattr__(someone.world, "clock", before)
