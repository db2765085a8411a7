"""Magic links, second steps and invitations in Chromium, with script and without."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Browser, expect

from chromium_parts import Window, window
from door_parts import ANA, GOOD_PASSWORD, Door, method

DONE = "**/demo-app?*"
NAMED = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "mfa": {"policy": "Mandatory", "factors": ["EmailVerificationCode"]},
}
SUBMIT = "button[name=submit]"


def silent(seen: Window) -> bool:
    """Whether nothing went wrong in the pages; where they lead in the end is not theirs."""
    return not [one for one in seen.complaints if "404" not in one]


async def test_a_magic_link_waits_for_its_button_and_then_signs_in(
    door: Door, seen: Window
) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    await seen.begin(one_time_token=token, login_hint=ANA)
    await seen.page.wait_for_url("**/one-time-token?app_id=demo-app")
    await seen.page.reload()

    await seen.page.get_by_role("button", name=f"Continue as {ANA}").click()

    await seen.page.wait_for_url(DONE)
    assert token not in seen.page.url
    assert seen.elsewhere == []
    assert silent(seen)


async def test_a_page_with_a_token_asks_another_host_for_the_tenants_logo_alone(
    door: Door, seen: Window
) -> None:
    logo = "https://cdn.shop.example/logo.svg"
    await door.settings(branding={"logoUrl": logo})
    told: list[str] = []
    seen.page.on("request", lambda asked: told.append(asked.headers.get("referer", "")))

    await seen.begin(one_time_token=await door.link(), login_hint=ANA)
    await expect(seen.page.get_by_role("button", name="Continue as")).to_be_visible()

    assert set(seen.elsewhere) == {logo}
    assert set(told) == {""}


async def test_a_link_that_was_used_elsewhere_leads_to_a_code(
    door: Door, seen: Window, browser: Browser, base: str
) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    other = await window(browser, base)
    for one in (seen, other):
        await one.begin(one_time_token=token, login_hint=ANA)
    await other.page.get_by_role("button", name="Continue as").click()
    await other.page.wait_for_url(DONE)

    await seen.page.get_by_role("button", name="Continue as").click()
    await expect(seen.page.get_by_role("heading")).to_have_text("This link does not work")
    await seen.page.get_by_role("button", name=f"Send a code to {ANA}").click()
    await seen.page.wait_for_url("**/sign-in/verification-code?app_id=demo-app")
    await _type(seen, "passcode", await door.code())

    await seen.page.wait_for_url(DONE)
    assert silent(seen)


async def test_a_second_step_by_mail_is_taken(door: Door, seen: Window) -> None:
    await door.settings(**NAMED)
    await door.person(GOOD_PASSWORD, username="ana", primary_email=ANA)
    await seen.begin()
    await seen.page.fill("input[name=identifier]", "ana")
    await seen.page.fill("input[name=password]", GOOD_PASSWORD)
    await seen.page.click(SUBMIT)
    await seen.page.wait_for_url("**/mfa-verification/EmailVerificationCode?app_id=demo-app")
    if not await _has_script(seen):
        await seen.page.click(SUBMIT)
    await expect(seen.page.locator("main")).to_contain_text("The second step is on.")

    await _type(seen, "mfaCode", await door.code())

    await seen.page.wait_for_url(DONE)
    assert len(await door.mails()) == 1
    assert silent(seen)


async def test_a_second_step_is_set_up_where_there_is_none(door: Door, seen: Window) -> None:
    await door.settings(**NAMED)
    await door.person(GOOD_PASSWORD, username="ana")
    await seen.begin()
    await seen.page.fill("input[name=identifier]", "ana")
    await seen.page.fill("input[name=password]", GOOD_PASSWORD)
    await seen.page.click(SUBMIT)
    await seen.page.wait_for_url("**/mfa-binding/EmailVerificationCode?app_id=demo-app")
    await expect(seen.page.locator("main")).to_contain_text("weak second step")
    await seen.page.fill("input[name=identifier]", ANA)
    await seen.page.click(SUBMIT)
    await seen.page.wait_for_url("**/continue/verification-code?app_id=demo-app")

    await _type(seen, "passcode", await door.code())

    await seen.page.wait_for_url(DONE)
    assert silent(seen)


async def _has_script(seen: Window) -> bool:
    return await seen.page.locator("html").evaluate("() => true") and bool(
        await seen.page.evaluate("() => Boolean(window.logtoSsr)")
    )


async def _type(seen: Window, box: str, code: str) -> Any:
    """Type a code into the boxes, or into the one field that there is without script."""
    if await _has_script(seen):
        first = seen.page.locator(f"input[name={box}_0]")
        await first.click()
        await seen.page.keyboard.type(code)
    else:
        await seen.page.fill("input[name=code]", code)
        await (
            seen.page.locator("form", has=seen.page.locator("input[name=code]"))
            .locator(SUBMIT)
            .click()
        )
    assert re.fullmatch(r"\d{6}", code)
