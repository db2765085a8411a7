"""The six boxes in Chromium (experience §5.2): typed, pasted, wrong, late, twice, in two tabs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from carteiro.flows.administer.tenant.settings import update_protection
from chromium_parts import Window
from door_parts import ANA, TENANT, Door, wrong

BOX = "input[name=passcode_{}]"
CODE_PAGE = "**/sign-in/verification-code?app_id=demo-app"
DONE = "**/demo-app?*"


@pytest.fixture
async def page(door: Door, scripted: Window) -> Page:
    """The code page, with a code under way to somebody who has an account."""
    await door.person(primary_email=ANA)
    await scripted.begin()
    await scripted.page.fill("input[name=identifier]", ANA)
    await scripted.page.click("button[name=submit]")
    await scripted.page.wait_for_url(CODE_PAGE)
    await expect(scripted.page.locator(BOX.format(0))).to_be_focused()
    return scripted.page


async def paste(page: Page, box: int, words: str) -> None:
    """Paste into a box, as a keyboard shortcut does."""
    await page.locator(BOX.format(box)).evaluate(
        """(field, words) => {
            const data = new DataTransfer();
            data.setData('text', words);
            field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        words,
    )


@pytest.mark.parametrize(
    ("protection", "boxes"),
    [
        ({"codeLength": 8}, 8),
        ({"codeLength": 12}, 0),
        ({"codeAlphabet": "letters"}, 0),
    ],
    ids=["eight digits", "twelve digits", "letters"],
)
async def test_the_page_takes_codes_as_the_tenant_makes_them(
    door: Door, seen: Window, protection: Mapping[str, Any], boxes: int
) -> None:
    await update_protection(door.world, TENANT, protection)
    await door.person(primary_email=ANA)
    await seen.begin()
    await seen.page.fill("input[name=identifier]", ANA)
    await seen.page.click("button[name=submit]")
    await seen.page.wait_for_url(CODE_PAGE)
    code = await door.code()

    if boxes and seen.has_script:
        await expect(seen.page.locator(".boxes input")).to_have_count(boxes)
        await paste(seen.page, 0, code)
    else:
        await seen.page.fill("input[name=code]", f"{code[:3]} {code[3:].lower()}")
        await seen.page.click("main form:has([name=code]) button[name=submit]")

    await seen.page.wait_for_url(DONE)


async def values(page: Page) -> Sequence[str]:
    return [await page.locator(BOX.format(place)).input_value() for place in range(6)]


@pytest.mark.parametrize("form", ["{}", "{:.3} {:.3}", "  {}-99", "code: {}!"])
async def test_a_pasted_code_signs_in_however_it_is_written(
    door: Door, page: Page, form: str
) -> None:
    code = await door.code()

    await paste(page, 0, form.format(code, code[3:]))

    await page.wait_for_url(DONE)


@pytest.mark.parametrize("zero", ["０", "٠", "۰", "𝟎"], ids=["full", "Arabic", "Persian", "bold"])
async def test_a_code_is_pasted_in_digits_of_any_script(door: Door, page: Page, zero: str) -> None:
    plain = await door.code()
    code = "".join(chr(ord(zero) + int(digit)) for digit in plain)

    await paste(page, 0, code[:5])
    shown = await values(page)
    await paste(page, 0, f"{code[:3]}\u200f {code[3:]}")

    await page.wait_for_url(DONE)
    assert shown == [*plain[:5], ""]


async def test_what_is_pasted_into_a_later_box_ends_with_the_last_one(page: Page) -> None:
    await paste(page, 4, "12345678")

    assert await values(page) == ["", "", "", "", "1", "2"]


async def test_a_code_that_the_browser_fills_in_signs_in(door: Door, page: Page) -> None:
    await page.fill(BOX.format(0), await door.code())

    await page.wait_for_url(DONE)


async def test_digits_go_from_box_to_box_and_nothing_else_goes_in(page: Page) -> None:
    first = page.locator(BOX.format(0))
    await first.press_sequentially("1e+-.2")
    typed = await values(page)

    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("9")

    assert typed == ["1", "2", "", "", "", ""]
    assert await values(page) == ["9", "", "", "", "", ""]


async def test_full_boxes_are_sent_once(door: Door, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.method) if asked.method == "POST" else None)
    bad = wrong(await door.code())

    await paste(page, 0, bad)
    await expect(page.get_by_role("alert")).to_have_text("This code is not right")
    await paste(page, 0, await door.code())
    await page.wait_for_url(DONE)

    assert sent == ["POST", "POST"]


async def test_each_box_says_which_digit_it_is(page: Page) -> None:
    boxes = page.get_by_role("group", name="Code").get_by_role("textbox")

    names = [await boxes.nth(place).get_attribute("aria-label") for place in range(6)]
    filled = [await boxes.nth(place).get_attribute("autocomplete") for place in range(6)]

    assert names == [f"Digit {number} of 6" for number in range(1, 7)]
    assert filled == ["one-time-code", *["off"] * 5]


async def test_another_code_can_be_asked_for_once_the_wait_is_over(door: Door, page: Page) -> None:
    link = page.get_by_role("button", name="Send another code")
    await expect(page.locator("[data-countdown]")).to_contain_text("seconds")
    await expect(link).to_be_hidden()
    door.clock.advance(60)
    await page.reload()

    await link.click()
    await expect(page.locator("div[role=toast]")).to_have_text("A new code is on its way.")
    await expect(link).to_be_hidden()
    await paste(page, 0, await door.code())

    await page.wait_for_url(DONE)
    assert len(await door.mails()) == 2


async def test_a_code_that_is_too_old_is_said_so(door: Door, page: Page) -> None:
    code = await door.code()
    door.clock.advance(700)

    await paste(page, 0, code)

    await expect(page.get_by_role("alert")).to_contain_text("expired")
    await expect(page.locator(BOX.format(0))).to_be_focused()


async def test_too_many_wrong_codes_are_said_in_a_toast(door: Door, page: Page) -> None:
    await door.settings(verificationCodePolicy={"maxRetryAttempts": 1})
    bad = wrong(await door.code())
    await paste(page, 0, bad)
    await expect(page.get_by_role("alert")).to_have_text("This code is not right")

    await paste(page, 0, wrong(bad))

    await expect(page.locator("div[role=toast]")).to_contain_text("Too many attempts")


async def test_reloading_and_going_back_send_nothing_again(door: Door, page: Page) -> None:
    await page.reload()
    await expect(page.locator(BOX.format(0))).to_be_focused()
    await page.go_back()
    await expect(page.locator("input[name=identifier]")).to_have_value(ANA)
    await page.go_forward()
    await paste(page, 0, await door.code())

    await page.wait_for_url(DONE)
    assert len(await door.mails()) == 1


async def test_a_second_tab_stands_where_the_first_one_does(door: Door, page: Page) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)

    await paste(other, 0, await door.code())

    await other.wait_for_url(DONE)
    assert len(await door.mails()) == 1


async def test_without_a_network_the_page_says_so_and_can_be_sent_again(
    door: Door, page: Page
) -> None:
    await page.context.set_offline(True)
    await paste(page, 0, await door.code())
    await expect(page.locator("div[role=toast]")).to_contain_text("Something went wrong")
    await page.context.set_offline(False)

    await page.click("button.primary")

    await page.wait_for_url(DONE)


async def test_a_server_that_cannot_answer_leaves_the_page_where_it_is(
    door: Door, page: Page
) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, json={"code": "storage.unavailable"})

    await page.route("**/verification-code?*", refuse)
    await paste(page, 0, await door.code())
    await expect(page.locator("div[role=toast]")).to_contain_text("Something went wrong")
    await page.unroute("**/verification-code?*")

    await page.click("button.primary")

    await page.wait_for_url(DONE)


async def test_a_code_that_the_keyboard_fills_in_goes_into_all_boxes(
    door: Door, page: Page
) -> None:
    await page.locator(BOX.format(0)).fill(await door.code())

    await page.wait_for_url(DONE)


async def test_a_double_click_mails_once(door: Door, seen: Window) -> None:
    await seen.begin()
    await seen.page.fill("input[name=identifier]", ANA)

    await seen.page.dblclick("button[name=submit]", no_wait_after=True)
    # Without script the second click stops what the first one began.
    await expect(seen.page).to_have_url(re.compile("/sign-in/verification-code"))

    assert len(await door.mails()) == 1


async def test_the_keyboard_is_enough(door: Door, scripted: Window) -> None:
    await door.person(primary_email=ANA)
    page = scripted.page
    await scripted.begin()

    await page.keyboard.type(ANA)
    await page.keyboard.press("Enter")
    await page.wait_for_url(CODE_PAGE)
    await expect(page.locator(BOX.format(0))).to_be_focused()
    await page.keyboard.type(await door.code())

    await page.wait_for_url(DONE)


async def test_the_address_of_a_page_says_nothing_of_the_request(scripted: Window) -> None:
    await scripted.begin(organization_id="o1", ui_locales="fr", login_hint=ANA)

    await expect(scripted.page.locator("input[name=identifier]")).to_have_value(ANA)
    assert scripted.path == "/sign-in?app_id=demo-app"
    assert scripted.complaints == []
