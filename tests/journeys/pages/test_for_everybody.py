"""Every screen looked at by axe: light, dark, narrow, from right to left, enlarged."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page

from carteiro.flows.administer.organizations.organizations import create_organization
from chromium_parts import window
from door_parts import TENANT, Door
from screen_parts import SCREENS, Guide, Screen

HOSTILE = '"><img src=x onerror=alert(1)></title><script>alert(1)</script>{{7*7}}' + "w" * 40
RUN = """async (only) => {
  const asked = only ? {runOnly: only} : {rules: {'target-size': {enabled: true}}};
  const {violations, incomplete} = await axe.run(document, {
    resultTypes: ['violations', 'incomplete'], preload: false, ...asked});
  // Words in the colour of what they stand on are "incomplete": they may be hidden on purpose.
  const unread = incomplete.filter(({id}) => id === 'color-contrast');
  return [...violations, ...unread].flatMap(({id, nodes}) => nodes.map((node) => [id, node.html]));
}"""
OF_A_LOOK = ["color-contrast", "target-size", "scrollable-region-focusable"]
"""What another width or another mode may change; the rest is the same elements."""
OF_A_LANGUAGE = [
    *("html-lang-valid", "valid-lang", "document-title", "empty-heading"),
    *("label", "button-name", "link-name", "target-size", "color-contrast"),
]
"""What other words may change."""
WIDE, NARROW = {"width": 1280, "height": 1024}, {"width": 320, "height": 800}
ENLARGED = {"width": 320, "height": 256}
"""1280 by 1024 at 400 % (WCAG 2.2, 1.4.10)."""
LOOKS = {"light": (WIDE, "light"), "narrow": (NARROW, "dark"), "enlarged": (ENLARGED, "light")}


async def complaints(page: Page, only: list[str] | None = None) -> list[tuple[str, str]]:
    """What axe finds, rule and node; by ``only`` these rules."""
    found: list[list[str]] = await page.evaluate(RUN, only)
    # ``toast`` is no role of WAI-ARIA: clients' tests look for it (pages §3), and the region around
    # it, a status, is what screen readers go by.
    return [
        (rule, html)
        for rule, html in found
        if not (rule == "aria-roles" and html.startswith('<div role="toast"'))
    ]


async def beyond(page: Page) -> int:
    """Pixels that a reader would have to scroll sideways for."""
    past: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return past


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing_on_any_screen_and_a_hostile_name_does_nothing(
    door: Door, base: str, browser: Browser, language: str
) -> None:
    seen = await window(browser, base, locale=language)
    await seen.page.add_init_script(AXE_SCRIPT)
    hostile = await create_organization(door.world, TENANT, {"name": HOSTILE})
    guide = Guide(door, base, language, {"organization_id": hostile.id})
    found: list[Any] = []

    for screen in SCREENS:
        found += await _looked_at(guide, screen, seen.page)

    assert found == [], "\n".join(map(str, found))
    assert seen.complaints == []


async def _looked_at(guide: Guide, screen: Screen, page: Page) -> list[Any]:
    browser = await guide.show(screen, page)
    found: list[Any] = []
    if urlsplit(page.url).path != urlsplit(browser.path).path:
        found.append((screen.name, "led elsewhere", page.url))
    if await page.locator("img[src=x], main script, title script").count():
        found.append((screen.name, "a name became more than text"))
    for look, (size, scheme) in LOOKS.items():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if guide.language == "en":
            only = None if look == "light" else OF_A_LOOK
            found += [(screen.name, look, *one) for one in await complaints(page, only)]
        elif look == "narrow":
            found += [(screen.name, look, *one) for one in await complaints(page, OF_A_LANGUAGE)]
        if await beyond(page) > 0:
            found.append((screen.name, look, "is too wide", await beyond(page)))
    direction = await page.get_attribute("html", "dir")
    if direction != ("rtl" if guide.language == "ar" else "ltr"):
        found.append((screen.name, "runs", direction))
    return found
