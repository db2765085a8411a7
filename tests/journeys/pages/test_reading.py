"""What a screen reader, a high-contrast mode, calm eyes, a printer and a frame make of the pages."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect
from starlette.responses import HTMLResponse

from chromium_parts import Window, window
from door_parts import Door
from screen_parts import Guide, named
from serving_parts import listening

BOXES = """\
- group "Code":
  - textbox "Digit 1 of 6"
  - textbox "Digit 2 of 6"
  - textbox "Digit 3 of 6"
  - textbox "Digit 4 of 6"
  - textbox "Digit 5 of 6"
  - textbox "Digit 6 of 6\""""
EDGES = """() => [...document.querySelectorAll('main input:not([hidden],[type=hidden],[type=checkbox]), .primary')]
  .filter((one) => one.offsetParent)
  .map((one) => getComputedStyle(one))
  .filter((style) => style.borderTopStyle === 'none' || style.borderTopWidth === '0px'
    || style.borderTopColor === style.backgroundColor)
  .length"""
MOVING = """() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one)).filter((style) =>
  parseFloat(style.transitionDuration) > 0
  || (style.animationName !== 'none' && parseFloat(style.animationDuration) < 1)).length"""
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, parseFloat(style.outlineWidth) >= 2];
}"""


@pytest.fixture
def guide(door: Door, base: str) -> Guide:
    return Guide(door, base, "en")


async def test_the_code_page_is_read_in_the_order_in_which_it_is_used(
    guide: Guide, scripted: Window
) -> None:
    page = scripted.page
    await guide.show(named("code"), page)
    boxes = page.locator(".boxes")
    await expect(boxes.locator("input").first).to_be_focused()

    whole = await page.locator("main").aria_snapshot()
    tree = await boxes.aria_snapshot()

    roles = ['button "Back"', "heading", "ana@example.com", 'group "Code"', 'button "Continue"']
    places = [whole.index(role) for role in roles]
    assert places == sorted(places)
    assert tree.replace(" [active]", "") == BOXES


async def test_what_is_wrong_is_read_with_the_box_that_has_the_focus(
    guide: Guide, scripted: Window
) -> None:
    page = scripted.page
    await guide.show(named("code-wrong"), page)

    first = page.get_by_role("textbox", name="Digit 1 of 6")

    await expect(first).to_be_focused()
    await expect(first).to_have_accessible_description("This code is not right")
    await expect(first).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("screen", ["sign-in-by-password", "code", "register-terms", "methods"])
async def test_in_forced_colours_everything_has_an_edge_and_the_focus_is_seen(
    guide: Guide, scripted: Window, screen: str
) -> None:
    page = scripted.page
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await guide.show(named(screen), page)

    await page.keyboard.press("Tab")

    assert await page.evaluate(EDGES) == 0
    assert await page.evaluate(FOCUS) == ["solid", True]
    assert await page.evaluate(MOVING) == 0


async def test_with_reduced_motion_nothing_is_quick_even_while_a_form_is_under_way(
    scripted: Window,
) -> None:
    page, held = scripted.page, scripted.held("**/sign-in?app_id=demo-app")
    await page.emulate_media(reduced_motion="reduce")
    await scripted.begin()
    await held.begin()
    await page.fill("input[name=identifier]", "ana@example.com")
    await page.click("main button[name=submit]")
    await expect(page.locator("[aria-busy=true]")).to_be_visible()

    turning = await page.locator("[aria-busy=true] span").evaluate(
        "(one) => parseFloat(getComputedStyle(one, '::before').animationDuration)"
    )
    await held.end()
    await page.wait_for_url("**/verification-code?*")

    assert turning >= 1


async def test_a_page_that_is_printed_is_its_content_alone(guide: Guide, scripted: Window) -> None:
    page = scripted.page
    await guide.show(named("sign-in"), page)

    await page.emulate_media(media="print")

    await expect(page.locator("main h1")).to_be_visible()
    await expect(page.locator("footer.foot")).to_be_hidden()


async def test_another_site_cannot_show_a_page_in_a_frame(browser: Browser, base: str) -> None:
    seen = await window(browser, base)
    page = seen.page
    decoy = HTMLResponse(f'<title>Win</title><iframe src="{base}/unknown-session"></iframe>')

    async with listening(decoy) as port, page.expect_event("requestfailed") as failed:
        await page.goto(f"http://127.0.0.1:{port}/")

    assert (await failed.value).failure == "net::ERR_BLOCKED_BY_RESPONSE"
    assert page.frames[1].url.startswith("chrome-error:")
