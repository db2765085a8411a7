"""What people do with their account in Chromium, with script and without: one way, many jobs."""

from __future__ import annotations

from playwright.async_api import Page, expect

from account_screen_parts import CENTER, TWO_STEPS
from carteiro.flows.administer.tenant.settings import update_account_center
from chromium_parts import Window
from door_parts import ANA, BY_CODE, GOOD_PASSWORD, TENANT, Door
from page_parts import Reader, reader

NEW = "new@example.com"
BETTER = "another-Horse8-battery"
YELLOW = {"color": {"primaryColor": "#ffee00", "isDarkModeEnabled": False}}
SUBMIT = "button[name=submit]"


async def type_code(page: Page, code: str) -> None:
    """Into the boxes, or into the field that stands there without script."""
    field = page.locator("input[name=passcode_0], input[name=code]")
    if await field.get_attribute("name") == "code":
        await field.fill(code)
        await page.locator(f"main form:has([name=code]) {SUBMIT}").click()
    else:
        await field.press_sequentially(code)


async def send(page: Page, **fields: str) -> None:
    """Fill in fields, and send the form that they are in."""
    for name, value in fields.items():
        await page.fill(f"input[name={name}]", value)
    await page.locator(f"main form:has([name={name}]) {SUBMIT}").click()


async def enter(door: Door, seen: Window) -> None:
    """Sign in to the account by a code."""
    await seen.page.goto(f"{seen.base}/account")
    await send(seen.page, identifier=ANA)
    await seen.page.wait_for_url("**/sign-in/verification-code*")
    await type_code(seen.page, await door.code())
    await seen.page.wait_for_url("**/account")


async def said(page: Page, words: str) -> None:
    """The page says this of what has just happened."""
    await expect(page.locator("[role=toast]")).to_have_text(words)


async def sign_out(seen: Window) -> None:
    """Answer the question whether to sign out; script answers it by itself."""
    if not seen.has_script:
        button = seen.page.locator("button.primary")
        await expect(button).to_have_css("background-color", "rgb(255, 238, 0)")
        await button.click()
    await seen.page.wait_for_url("**/sign-in?*")


async def go_back(seen: Window) -> None:
    """To the page before the question whether to sign out; with script there was no such page."""
    await seen.page.go_back()
    if not seen.has_script:
        await seen.page.go_back()


async def elsewhere(door: Door, base: str) -> Reader:
    """Ana in another browser."""
    other = reader(door, base)
    await other.get("/account")
    await other.send(identifier=ANA)
    await other.send(code=await door.code())
    return other


async def test_somebody_changes_all_of_their_account_and_leaves(door: Door, seen: Window) -> None:
    page = seen.page
    await door.settings(**BY_CODE, **YELLOW, forgotPasswordMethods=["EmailVerificationCode"])
    await update_account_center(door.world, TENANT, CENTER)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    other = await elsewhere(door, seen.base)
    await enter(door, seen)

    await send(page, givenName="Ana")
    await said(page, "Saved")
    await expect(page.locator("input[name=givenName]")).to_have_value("Ana")

    await page.dispatch_event("select[name=lng]", "pointerdown")
    await page.select_option("select[name=lng]", "de")
    if not seen.has_script:
        await page.locator("form.languages button").click()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await page.dispatch_event("select[name=lng]", "pointerdown")
    await page.select_option("select[name=lng]", "en")
    if not seen.has_script:
        await page.locator("form.languages button").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")

    await page.get_by_role("link", name="Security").click()
    await page.locator("dl div", has_text=ANA).get_by_role("link").click()
    await send(page, password="wrong-Password-1")
    await expect(page.get_by_role("alert").first).to_have_text("This is not your password.")
    await send(page, password=GOOD_PASSWORD)
    await expect(page.locator("input[name=identifier]")).to_be_visible()
    await send(page, identifier=NEW)
    await expect(page.get_by_text(f"we sent to {NEW}")).to_be_visible()
    await type_code(page, await door.code(NEW))
    await page.wait_for_url("**/account/security")
    await said(page, "The email address is linked.")
    await expect(page.locator("dl")).to_contain_text(NEW)

    await page.locator("dl div", has_text="Password").get_by_role("link").click()
    await send(page, newPassword="aaaaaaaa")
    await expect(page.get_by_role("alert").first).to_contain_text("repeated characters")
    await send(page, newPassword=BETTER)
    await page.wait_for_url("**/account/security")
    await said(page, "Password changed")
    await other.get("/account")
    assert other.path.startswith("/sign-in"), "a new password ends every other session"

    await page.locator("footer").get_by_role("button", name="Sign out").click()
    await sign_out(seen)
    await go_back(seen)
    await expect(page.locator("input[name=identifier]")).to_be_visible()
    assert NEW not in await page.content()


async def test_a_second_step_by_mail_comes_and_goes_and_other_browsers_are_signed_out(
    door: Door, seen: Window
) -> None:
    page = seen.page
    await door.settings(**BY_CODE)
    await update_account_center(door.world, TENANT, CENTER)
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    other = await elsewhere(door, seen.base)
    await enter(door, seen)
    await door.settings(**TWO_STEPS)

    await page.goto(f"{seen.base}/account/sessions")
    await page.get_by_role("button", name="Send the code").click()
    await expect(page.get_by_text(f"we sent to {ANA}")).to_be_visible()
    await type_code(page, await door.code())
    await page.locator("ul.rows").get_by_role("button", name="Sign out there").click()
    await said(page, "Signed out there.")
    await expect(page.locator("ul.rows li")).to_have_count(1)
    await other.get("/account")
    assert other.path.startswith("/sign-in")

    await page.get_by_role("link", name="Security").click()
    await page.get_by_role("button", name="Turn off").click()
    await said(page, "Saved")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("button", name="Turn off")).to_be_visible()
    await page.locator("dl div", has_text=ANA).get_by_role("link").click()
    await page.get_by_role("button", name="Remove the email address").click()
    await page.wait_for_url("**/account/security")
    await said(page, "The email address is removed.")
    await expect(page.locator("dl div", has_text="Code by email")).to_contain_text("Not set up")
    await page.locator("dl div", has_text="Email").first.get_by_role("link").click()
    await send(page, identifier=NEW)
    await expect(page.get_by_text(f"we sent to {NEW}")).to_be_visible()
    await type_code(page, await door.code(NEW))
    await page.wait_for_url("**/account/security")

    await expect(page.locator("dl div", has_text="Code by email")).not_to_contain_text("Not")
    ends = page.get_by_role("link", name="Delete your account")
    await expect(ends).to_have_attribute("href", "https://shop.example/leave")


async def test_the_small_application_signs_in_says_what_it_is_told_and_signs_out(
    door: Door, seen: Window
) -> None:
    page = seen.page
    await door.settings(**BY_CODE, **YELLOW)
    ana = await door.person(primary_email=ANA, name="Ana")
    await page.goto(f"{seen.base}/demo-app")
    await send(page, identifier=ANA)
    await page.wait_for_url("**/sign-in/verification-code*")
    await type_code(page, await door.code())
    await page.wait_for_url("**/demo-app")

    await expect(page.locator("div.infoCard > div")).to_have_text(f"User ID: {ana.id}")
    await expect(page.locator("dl div", has_text="email_verified")).to_contain_text("true")
    button = page.locator("main form .primary").filter(visible=True)
    await expect(button).to_have_count(1)
    await button.press("Enter")
    await sign_out(seen)
    await go_back(seen)

    await expect(page.locator("input[name=identifier]")).to_be_visible()
