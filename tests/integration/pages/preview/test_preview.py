"""`/sign-in?preview=true`: who may frame it, and what is not in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import BY_CODE, ORIGIN, Door, opened_door
from page_parts import Reader, follower

CONSOLE = "https://console.example"


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_790_000_000_000)) as door:
        await door.settings(**BY_CODE, customCss="h1 { color: red }")
        yield door


@pytest.mark.parametrize("console", [CONSOLE, None], ids=["named", "of the tenant's own"])
async def test_only_the_console_frames_it_and_only_the_preview(
    door: Door, console: str | None
) -> None:
    door.app.state.site = replace(door.app.state.site, console_url=console)
    browser = follower(door)

    await browser.get("/sign-in?preview=true")
    preview = browser.answer.headers["content-security-policy"]
    await browser.get("/demo-app")
    real = browser.answer.headers["content-security-policy"]

    assert f"frame-ancestors {console or ORIGIN};" in preview
    assert "frame-ancestors 'none';" in real


async def test_it_needs_no_session_takes_no_form_and_has_no_css_of_the_tenants(door: Door) -> None:
    browser: Reader = follower(door)

    await browser.get("/sign-in?preview=true")

    assert browser.answer.status_code == 200
    assert "set-cookie" not in browser.answer.headers
    assert browser.page.css_first("[inert] input[name=identifier]") is not None
    assert not browser.page.css("form[action], form[method], input[name=xsrf]")
    assert "data-custom-css" not in browser.answer.text
    assert "color: red" not in browser.text()
