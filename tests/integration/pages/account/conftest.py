"""Somebody who has signed in to a tenant, with their browser on the account's pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.tenant.settings import update_account_center
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, BY_CODE, GOOD_PASSWORD, TENANT, Door, opened_door
from page_parts import Reader, follower

FIELDS = (
    *("name", "avatar", "profile", "email", "phone", "password", "username", "mfa", "session"),
)


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_790_000_000_000)) as door:
        fields = dict.fromkeys(FIELDS, "Edit")
        await update_account_center(door.world, TENANT, {"enabled": True, "fields": fields})
        yield door


@pytest.fixture
async def ana(door: Door) -> Reader:
    """A browser with Ana's session, on her page."""
    await door.settings(**BY_CODE)
    await door.person(GOOD_PASSWORD, primary_email=ANA, name="Ana", username="ana")
    browser = follower(door)
    await browser.get("/account")
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())
    assert browser.path == "/account", browser.path
    return browser
