"""The machine's Chromium on the hosted pages, with a door over a real socket."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from door_parts import Door
from page_parts import asking
from serving_parts import listening

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclass(slots=True)
class Window:
    """A page in a browser of its own, and what went wrong in it."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts and violations of the pages' policy."""
    requests: list[str] = field(default_factory=list)

    async def begin(self, **more: Any) -> None:
        """Be sent here by an application."""
        asked = asking(redirect_uri=f"{self.base}/demo-app", **more)
        await self.page.goto(f"{self.base}/oidc/auth?{urlencode(asked)}")

    @property
    def path(self) -> str:
        """Where the browser is."""
        return self.page.url.removeprefix(self.base)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine; a test is skipped where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium here")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def served(door: Door) -> AsyncIterator[str]:
    """The door at an address of this machine."""
    async with listening(door.app) as port:
        base = f"http://127.0.0.1:{port}"
        door.app.state.site = replace(door.app.state.site, public_url=base)
        yield base


async def window(browser: Browser, base: str, **options: Any) -> Window:
    """A fresh browser in front of the door; ``java_script_enabled=False`` is one without script."""
    context: BrowserContext = await browser.new_context(**{"locale": "en", **options})
    opened = Window(await context.new_page(), base)

    def noted(request: Request) -> None:
        opened.requests.append(request.url)

    opened.page.on("request", noted)
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on(
        "console",
        lambda said: opened.complaints.append(said.text) if said.type == "error" else None,
    )
    return opened
