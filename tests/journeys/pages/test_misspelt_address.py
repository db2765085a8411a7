"""The question about a misspelt address in Chromium, and forms that the browser sends by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect

from carteiro.flows.administer.tenant.settings import put_captcha_provider
from chromium_parts import Window
from door_parts import ANA, TENANT, Door

TYPED, MEANT = "ana@gmial.com", "ana@gmail.com"
CODE_PAGE = "**/sign-in/verification-code?app_id=demo-app"


@pytest.mark.parametrize(("words", "address"), [("Use", MEANT), ("Keep", TYPED)])
async def test_the_button_that_is_pressed_says_where_the_code_goes(
    door: Door, seen: Window, words: str, address: str
) -> None:
    page = seen.page
    await seen.begin()
    await page.fill("input#identifier", TYPED)
    await page.click("button[name=submit]")

    await page.get_by_role("dialog").get_by_role("button", name=f"{words} {address}").click()
    await page.wait_for_url(CODE_PAGE)

    assert [str(mail.to) for mail in await door.mails()] == [address]
    assert seen.complaints == []


async def test_the_question_is_where_the_keyboard_is(scripted: Window) -> None:
    page = scripted.page
    await scripted.begin()
    await page.fill("input#identifier", TYPED)
    await page.keyboard.press("Enter")
    await expect(page.locator("#question")).to_be_focused()

    await page.keyboard.press("Tab")

    await expect(page.get_by_role("button", name=f"Use {MEANT}")).to_be_focused()


async def test_a_form_that_the_browser_sends_by_itself_cannot_be_sent_twice(
    door: Door, scripted: Window
) -> None:
    config = {"type": "Turnstile", "siteKey": "0x1", "secretKey": "secret"}
    await put_captcha_provider(door.world, TENANT, config)
    await door.settings(captchaPolicy={"enabled": True})
    page, sent = scripted.page, []

    async def kept_here(route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        sent.append(route.request.post_data or "")
        await route.fulfill(status=204)

    await page.route("https://**", lambda route: route.abort())
    await page.route("**/sign-in?*", kept_here)
    await scripted.begin()
    await page.fill("input#identifier", ANA)

    await page.click("button[name=submit]")
    await expect(page.locator("main form button[name=submit]")).to_be_disabled()

    assert len(sent) == 1
    assert "submit=" in sent[0]
