"""Whole ways through the pages in Chromium, with script and without: in, out, and new passwords."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from carteiro.storage.people import users
from chromium_parts import Window
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door
from screen_parts import BOTH, BY_NAME
from sign_in_parts import make_client

DONE = "**/demo-app?*"
SUBMIT = "main form:first-of-type button[name=submit]"


async def type_code(page: Page, code: str) -> None:
    """Into the boxes, or the field that stands there without script."""
    field = page.locator("input[name=passcode_0], input[name=code]")
    if await field.get_attribute("name") == "code":
        await field.fill(code)
        await page.click(SUBMIT)
    else:
        await field.press_sequentially(code)


async def identify(seen: Window, identifier: str, then: str) -> None:
    """Send the first page's form, and wait for the page that follows."""
    await seen.page.fill("input[name=identifier]", identifier)
    await seen.page.click(SUBMIT)
    await seen.page.wait_for_url(f"**{then}?app_id=demo-app")


async def test_somebody_registers_by_a_code(door: Door, seen: Window) -> None:
    page = seen.page
    await seen.begin()
    await page.get_by_role("link", name="Create account").click()
    await identify(seen, ANA, "/register/verification-code")

    await type_code(page, await door.code())
    await page.wait_for_url(DONE)

    assert "code=" in page.url


async def test_somebody_registers_by_name_and_password(door: Door, seen: Window) -> None:
    await door.settings(**BY_NAME)
    page = seen.page
    await seen.begin(first_screen="register")
    await identify(seen, "bob", "/register/password")
    rules = await page.locator("main .hint").first.inner_text()

    await page.fill("input[name=newPassword]", "short")
    await page.fill("input[name=confirmPassword]", "short")
    await page.click(SUBMIT)
    await expect(page.get_by_role("alert").filter(has_text="minimum length")).to_be_visible()
    await page.fill("input[name=newPassword]", GOOD_PASSWORD)
    await page.fill("input[name=confirmPassword]", GOOD_PASSWORD)
    await page.click(SUBMIT)
    await page.wait_for_url(DONE)

    assert "8 characters" in rules


async def test_somebody_registers_by_a_code_and_a_password(door: Door, seen: Window) -> None:
    sign_up = {"identifiers": ["email"], "password": True, "verify": True}
    await door.settings(**BOTH | {"signUp": sign_up})
    page = seen.page
    await seen.begin(first_screen="register")
    await identify(seen, ANA, "/register/verification-code")
    await type_code(page, await door.code())
    await page.wait_for_url("**/continue/password?app_id=demo-app")

    for field in await page.locator("input[type=password]").all():
        await field.fill(GOOD_PASSWORD)
    await page.click(SUBMIT)
    await page.wait_for_url(DONE)

    found = await door.world.database.read(lambda tx: users.find_by_email(tx, TENANT, ANA))
    assert "code=" in page.url
    assert found is not None
    assert found.password_encrypted


async def test_somebody_signs_in_by_password(door: Door, seen: Window) -> None:
    await door.settings(**BOTH)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    page = seen.page
    await seen.begin()
    await identify(seen, ANA, "/sign-in/password")

    await page.fill("input[name=password]", "wrong-Password-1")
    await page.click(SUBMIT)
    await expect(page.get_by_role("alert").first).to_have_text("Incorrect account or password")
    await page.fill("input[name=password]", GOOD_PASSWORD)
    await page.click(SUBMIT)

    await page.wait_for_url(DONE)


async def test_a_forgotten_password_is_replaced(door: Door, seen: Window) -> None:
    await door.settings(**BOTH, forgotPasswordMethods=["EmailVerificationCode"])
    await door.person("an-Old-password-7", primary_email=ANA)
    page = seen.page
    await seen.begin()
    await identify(seen, ANA, "/sign-in/password")
    await page.get_by_role("link", name="Forgot your password?").click()
    await identify(seen, ANA, "/forgot-password/verification-code")
    await type_code(page, await door.code())
    await page.wait_for_url("**/forgot-password/reset?app_id=demo-app")

    await page.fill("input[name=newPassword]", GOOD_PASSWORD)
    await page.click(SUBMIT)
    await expect(page.locator("div[role=toast]")).to_have_text("Password changed")
    await identify(seen, ANA, "/sign-in/password")
    await page.fill("input[name=password]", GOOD_PASSWORD)
    await page.click(SUBMIT)

    await page.wait_for_url(DONE)
    assert seen.elsewhere == []


@pytest.mark.parametrize("zero", ["０", "٠"], ids=["full-width", "Arabic-Indic"])
async def test_a_code_may_be_typed_in_the_digits_of_ones_keyboard(
    door: Door, seen: Window, zero: str
) -> None:
    await door.person(primary_email=ANA)
    await seen.begin()
    await identify(seen, ANA, "/sign-in/verification-code")

    await type_code(seen.page, "".join(chr(ord(zero) + int(digit)) for digit in await door.code()))

    await seen.page.wait_for_url(DONE)


async def test_going_back_and_reloading_keep_what_was_typed(door: Door, seen: Window) -> None:
    await door.settings(**BOTH)
    page = seen.page
    await seen.begin()
    await identify(seen, ANA, "/sign-in/password")

    await page.reload()
    await page.get_by_role("button", name="Back").click()
    kept = await page.get_attribute("input[name=identifier]", "value")
    await page.go_back()

    await expect(page.locator("input[name=password]")).to_be_visible()
    assert kept == ANA


async def test_two_clients_in_two_tabs_go_their_own_ways(
    door: Door, scripted: Window, base: str
) -> None:
    back = f"{base}/elsewhere"
    await make_client(door.world, "app1", type="SPA", redirect_uris=(back,))
    await door.person(primary_email=ANA)
    other = await scripted.beside()
    await scripted.begin()
    await other.begin(client_id="app1", redirect_uri=back)

    for tab in (scripted, other):
        await tab.page.fill("input[name=identifier]", ANA)
        await tab.page.click(SUBMIT)
        await tab.page.wait_for_url("**/sign-in/verification-code?*")
    first, second = [mail.payload["code"] for mail in await door.mails()]
    await type_code(other.page, second)
    await other.page.wait_for_url(f"{back}?*")
    await type_code(scripted.page, first)
    await scripted.page.wait_for_url(DONE)

    assert re.search(r"/elsewhere\?code=", other.page.url)


async def test_a_way_that_is_over_is_said_so(door: Door, seen: Window) -> None:
    await seen.begin()
    await seen.page.fill("input[name=identifier]", ANA)
    door.clock.advance(3601)

    await seen.page.click(SUBMIT)

    await seen.page.wait_for_url("**/unknown-session")
    await expect(seen.page.locator("h1")).to_have_text("Your sign-in is not under way any more")


@pytest.mark.parametrize("press", ["click", "Enter"])
async def test_while_a_form_is_under_way_it_is_not_sent_again(
    door: Door, scripted: Window, press: str
) -> None:
    page, held = scripted.page, scripted.held("**/sign-in?app_id=demo-app")
    await scripted.begin()
    await held.begin()
    await page.fill("input[name=identifier]", ANA)
    await page.click(SUBMIT)
    await expect(page.locator(SUBMIT)).to_be_disabled()
    await expect(page.locator(SUBMIT)).to_have_attribute("aria-busy", "true")

    if press == "click":
        await page.click(SUBMIT, force=True)
    else:
        await page.press("input[name=identifier]", "Enter")
    await held.end()
    await page.wait_for_url("**/sign-in/verification-code?app_id=demo-app")

    assert len(await door.mails()) == 1
    assert held.count == 1


async def test_the_keyboard_is_enough_from_the_first_page_to_a_new_password(
    door: Door, scripted: Window
) -> None:
    await door.settings(**BOTH, forgotPasswordMethods=["EmailVerificationCode"])
    await door.person("an-Old-password-7", primary_email=ANA)
    page, keys = scripted.page, scripted.page.keyboard
    await scripted.begin()
    await keys.type(ANA)
    await keys.press("Enter")
    await page.wait_for_url("**/sign-in/password?*")
    await expect(page.locator("input[name=password]")).to_be_focused()

    await scripted.tab_to("Forgot your password?")
    await keys.press("Enter")
    await page.wait_for_url("**/forgot-password?*")
    await expect(page.locator("input[name=identifier]")).to_have_value(ANA)
    await scripted.tab_to("Continue")
    await keys.press("Space")
    await page.wait_for_url("**/forgot-password/verification-code?*")
    await expect(page.locator("input[name=passcode_0]")).to_be_focused()
    await keys.type(await door.code())
    await page.wait_for_url("**/forgot-password/reset?*")
    await expect(page.locator("input[name=newPassword]")).to_be_focused()
    await keys.type(GOOD_PASSWORD)
    await scripted.tab_to("Show password")
    await keys.press("Space")
    await expect(page.locator("input[name=newPassword]")).to_have_attribute("type", "text")
    await page.locator("input[name=newPassword]").focus()
    await keys.press("Enter")

    await expect(page.locator("div[role=toast]")).to_have_text("Password changed")


async def test_the_way_back_is_pressed_by_the_space_bar(door: Door, scripted: Window) -> None:
    await door.settings(**BOTH)
    await scripted.begin()
    await identify(scripted, ANA, "/sign-in/password")

    await scripted.page.get_by_role("button", name="Back").focus()
    await scripted.page.keyboard.press("Space")

    await scripted.page.wait_for_url("**/sign-in?app_id=demo-app")
