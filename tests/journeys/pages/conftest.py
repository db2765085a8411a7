"""A door on SQLite, served, and Chromium in front of it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from chromium_parts import Window, chromium, served, window
from door_parts import Door, opened_door


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_790_000_000_000)) as door:
        yield door


@pytest.fixture
async def base(door: Door) -> AsyncIterator[str]:
    async with served(door) as address:
        yield address


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
async def seen(
    request: pytest.FixtureRequest, browser: Browser, base: str
) -> AsyncIterator[Window]:
    """A window with script, and one without."""
    async with quiet(browser, base, java_script_enabled=request.param) as opened:
        yield opened


@pytest.fixture
async def scripted(browser: Browser, base: str) -> AsyncIterator[Window]:
    """A window with script."""
    async with quiet(browser, base) as opened:
        yield opened


@asynccontextmanager
async def quiet(browser: Browser, base: str, **options: Any) -> AsyncIterator[Window]:
    """A window in which no script fails and nothing goes against the pages' policy."""
    opened = await window(browser, base, **options)
    yield opened
    await opened.page.context.close()

    assert opened.complaints == []
