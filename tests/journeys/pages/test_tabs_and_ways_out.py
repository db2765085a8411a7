"""Several tabs of one application, a language chosen by the keyboard, and ways out that are no host."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from chromium_parts import Window
from door_parts import ANA, Door
from sign_in_parts import make_client

SUBMIT = "main form:first-of-type button[name=submit]"
CODE_PAGE = "**/sign-in/verification-code?*"


async def test_an_older_tab_of_the_same_application_keeps_what_was_typed(
    door: Door, seen: Window
) -> None:
    page = seen.page
    await seen.begin()
    await (await seen.beside()).begin()
    await page.fill("input[name=identifier]", ANA)

    await page.click(SUBMIT)
    await expect(page.locator("[role=toast]")).to_contain_text("Please try again")
    await expect(page.locator("input[name=identifier]")).to_have_value(ANA)
    await page.click(SUBMIT)
    await page.wait_for_url(CODE_PAGE)

    assert len(await door.mails()) == 1


async def test_a_language_is_chosen_by_the_keyboard_when_the_button_is_pressed(
    scripted: Window,
) -> None:
    page = scripted.page
    await scripted.begin()
    await page.fill("input[name=identifier]", ANA)
    await page.focus("#lng")

    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".languages button")).to_be_visible()
    await page.keyboard.press("ArrowUp")
    chosen = await page.input_value("#lng")
    meanwhile = await page.locator("html").get_attribute("lang")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("html")).to_have_attribute("lang", chosen)

    assert (meanwhile, chosen != "en") == ("en", True)


async def test_a_language_that_is_pointed_at_is_spoken_at_once(scripted: Window) -> None:
    page = scripted.page
    await scripted.begin()

    await page.dispatch_event("#lng", "pointerdown")
    await page.select_option("#lng", "de")

    await expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("back", ["http://[::1]:8400/cb", "com.example.app:/cb"])
async def test_a_native_application_is_reached_wherever_it_listens(
    door: Door, seen: Window, back: str
) -> None:
    await make_client(door.world, "app1", type="Native", redirect_uris=(back,))
    await door.person(primary_email=ANA)
    page = seen.page
    await seen.begin(client_id="app1", redirect_uri=back)
    await page.fill("input[name=identifier]", ANA)
    await page.click(SUBMIT)
    await page.wait_for_url(CODE_PAGE)

    field = page.locator("input[name=passcode_0], input[name=code]")
    await field.press_sequentially(await door.code())
    if await field.get_attribute("name") == "code":
        await page.click(SUBMIT)

    async with asyncio.timeout(30):
        while not any(one.startswith(f"{back}?code=") for one in seen.requests):
            await asyncio.sleep(0.05)
