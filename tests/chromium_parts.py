"""The machine's Chromium on the hosted pages, with a door over a real socket."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    async_playwright,
)

from door_parts import Door
from page_parts import asking
from serving_parts import listening

_NAME_OF_FOCUSED = """() => {
  const one = document.activeElement;
  return one.getAttribute('aria-label') ?? one.innerText.trim();
}"""
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    # Nothing that a page loads from elsewhere (a captcha) leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


@dataclass(slots=True)
class Window:
    """A page in a browser of its own, and what went wrong in it."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts and violations of the pages' policy."""
    requests: list[str] = field(default_factory=list)
    has_script: bool = True

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self._heard(said))  # noqa: PLW0108 - Playwright marks methods, and ours has slots

    def _heard(self, said: ConsoleMessage) -> None:
        # What a test takes away or never had (the network, the application) is no complaint of ours.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.complaints.append(said.text)

    async def begin(self, **more: Any) -> None:
        """Be sent here by an application."""
        asked = asking(**{"redirect_uri": f"{self.base}/demo-app", **more})
        await self.page.goto(f"{self.base}/oidc/auth?{urlencode(asked)}")

    async def beside(self) -> Window:
        """A further tab of the same browser; what goes wrong in it is noted here."""
        return Window(await self.page.context.new_page(), self.base, self.complaints)

    async def tab_to(self, name: str, *, at_most: int = 12) -> None:
        """Press the tabulator until what has this name has the focus."""
        for _ in range(at_most):
            await self.page.keyboard.press("Tab")
            named: str = await self.page.evaluate(_NAME_OF_FOCUSED)
            if named == name:
                return
        raise AssertionError(f"nothing named {name!r} is reached by the tabulator")

    def held(self, address: str) -> Held:
        """A slow network for what is sent to an address."""
        return Held(self.page, address)

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of another host than ours."""
        return [one for one in self.requests if not one.startswith((f"{self.base}/", "data:"))]

    @property
    def path(self) -> str:
        """Where the browser is."""
        return self.page.url.removeprefix(self.base)


@dataclass(slots=True)
class Held:
    """What is sent to an address waits from `begin` until `end`."""

    page: Page
    address: str
    count: int = 0
    _go: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self) -> None:
        async def hold(route: Route) -> None:
            if route.request.method == "POST":
                self.count += 1
                await self._go.wait()
            await route.continue_()

        await self.page.route(self.address, hold)

    async def end(self) -> None:
        """Let through what waits, and all that comes."""
        self._go.set()


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
    has_script = options.get("java_script_enabled", True)
    return Window(await context.new_page(), base, has_script=has_script)
