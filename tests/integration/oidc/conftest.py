"""Somebody with a browser, and an application that they have never used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import sign_in_parts
from carteiro.flows.world import World
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
