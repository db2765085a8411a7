"""Somebody signs in in Chromium, with script and without."""

from __future__ import annotations

from playwright.async_api import expect

from chromium_parts import Window
from door_parts import ANA, Door, wrong


async def test_somebody_signs_in_by_a_code(door: Door, seen: Window) -> None:
    await door.person(primary_email=ANA)
    page = seen.page
    await seen.begin()

    await page.fill("input[name=identifier]", ANA)
    await page.click("button[type=submit][name=submit]")
    await page.wait_for_url("**/sign-in/verification-code?app_id=demo-app")
    boxes = page.locator("input[name=passcode_0]")
    if await boxes.count():
        await boxes.press_sequentially(await door.code())
    else:
        await page.fill("input[name=code]", await door.code())
        await page.click("main form:first-of-type button[name=submit]")
    await page.wait_for_url("**/demo-app?*")

    assert "code=" in seen.page.url
    assert seen.complaints == []


async def test_a_wrong_code_empties_the_boxes_without_a_new_page(
    door: Door, scripted: Window
) -> None:
    await door.person(primary_email=ANA)
    page = scripted.page
    await scripted.begin()
    await page.fill("input[name=identifier]", ANA)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/verification-code?*")
    await page.evaluate("window.same = true")

    await page.locator("input[name=passcode_0]").press_sequentially(wrong(await door.code()))

    await expect(page.get_by_role("alert")).to_have_text("This code is not right")
    await expect(page.locator("input[name=passcode_0]")).to_be_focused()
    await expect(page.locator("input[name=passcode_0]")).to_have_value("")
    assert await page.evaluate("window.same") is True
    assert scripted.complaints == []
