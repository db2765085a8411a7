"""Who is erased while they sign in is not signed in, and leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.people.erase_person import erase_person
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, TENANT, Browser, Door, opened_door, proven
from privacy_parts import everything


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_800_000_000_000)) as opened:
        yield opened


async def about_to_submit(door: Door) -> Browser:
    browser = await door.browser()
    await browser.begin("SignIn")
    await browser.identify(await proven(door, browser))
    return browser


async def left_of(door: Door, user_id: str) -> list[str]:
    """The tables that still name somebody."""
    tables = await everything(door.world)
    return [
        table
        for table, rows in tables.items()
        if user_id in repr(rows) or ANA in repr(rows).lower()
    ]


async def test_a_submit_after_the_erasure_is_refused(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    browser = await about_to_submit(door)

    await erase_person(door.world, TENANT, user.id)
    answer = await browser.submit()

    assert answer.status_code in {400, 401, 404}
    assert await left_of(door, user.id) == []


async def test_a_submit_at_once_with_the_erasure_leaves_nothing(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    browsers = [await about_to_submit(door) for _ in range(3)]

    await asyncio.gather(
        *(browser.submit() for browser in browsers), erase_person(door.world, TENANT, user.id)
    )

    assert await left_of(door, user.id) == []
