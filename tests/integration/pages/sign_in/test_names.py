"""Names and words that tools rely on (pages §3, experience §5.2), read as they look for them."""

from __future__ import annotations

import pytest

from carteiro.languages.phrases import built_in_texts
from carteiro.languages.spoken import Spoken
from door_parts import ANA, GOOD_PASSWORD, Door, method, wrong
from page_parts import Reader

BOTH = {**method("email", password=True, code=True), "isPasswordPrimary": False}


async def test_a_code_page_says_what_is_confirmed_and_names_the_address(browser: Reader) -> None:
    await browser.begin()

    await browser.send(identifier=ANA)

    assert browser.text("h1") == "Verify your email address"
    assert browser.text("title").startswith("Verify your email address")
    assert ANA in browser.text("p.lead")
    assert browser.answer.headers["content-language"] == "en"


async def test_another_code_is_offered_after_59_seconds(door: Door, browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)
    wait, button = browser.one("form.resend"), browser.one("form.resend button")
    door.clock.advance(59)
    await browser.get(browser.path)

    assert wait.attributes["data-wait"] == "59"
    assert "hidden" in button.attributes
    assert "hidden" not in browser.one("form.resend button").attributes


async def test_the_wait_is_no_chatter_and_its_end_is_told(browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)

    line = browser.one("form.resend [role=status] [data-countdown]")

    assert (line.attributes["role"], line.attributes["aria-live"]) == ("timer", "off")
    assert browser.page.css_first("form.resend [role=status] button") is not None


async def test_every_form_has_a_button_by_which_scripts_send_it(
    door: Door, browser: Reader
) -> None:
    await door.settings(signIn={"methods": [BOTH]})
    for screen in ("sign_in", "register", "reset_password"):
        await browser.begin(first_screen=screen)
        button = browser.one("main form button[type=submit][name=submit]")
        field = browser.one("input[name=identifier]")

        assert "disabled" not in button.attributes
        assert field.attributes["value"] == ""


async def test_the_ways_on_are_links_in_the_words_that_scripts_look_for(
    door: Door, browser: Reader
) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await browser.begin()
    links = {one.text(strip=True) for one in browser.page.css("a")}
    await browser.send(identifier=ANA)
    links |= {one.text(strip=True) for one in browser.page.css("a")}

    assert {
        "Create account",
        "Sign in with verification code",
        "Forgot your password?",
        "Back",
    } <= links
    back = browser.one("[role=button][class$=navButton]")
    assert back.text(strip=True) == "Back"


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("own.invalid_credentials", {}, "Incorrect account or password"),
        ("error.password_rejected.too_short", {"min": 8}, "minimum length"),
        ("error.password_rejected.character_types", {"min": 3}, "at least 3 types"),
        ("error.password_rejected.pwned", {}, "simple password"),
        ("error.password_rejected.restricted.sequence", {}, "sequential characters"),
        ("error.password_rejected.restricted.repetition", {}, "repeated characters"),
        ("error.password_rejected.restricted.words", {}, "product context"),
        ("error.password_rejected.restricted.user_info", {}, "personal information"),
        ("own.same_password", {}, "be the same as"),
        ("description.password_changed", {}, "Password changed"),
        ("own.too_many_attempts", {}, "Too many attempts"),
        ("description.password_expiration_reset", {}, "Reset password"),
        ("mfa.try_another_verification_method", {}, "Switch to another method"),
        ("mfa.link_another_mfa_factor", {}, "Switch to another method"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_english_words_that_scripts_look_for(key: str, values: dict[str, int], words: str) -> None:
    assert words in Spoken("en", built_in_texts("en")).say(key, **values)


async def test_a_code_that_is_not_whole_is_said_in_place(door: Door, browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.send(code=wrong(await door.code())[:5])

    assert browser.alerts == ["This code is not right"]
    assert browser.toast == ""


async def test_an_expired_password_asks_in_a_dialog(door: Door, browser: Reader) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True)]},
        signUp={"identifiers": ["email"], "password": True, "verify": True},
        forgotPasswordMethods=["EmailVerificationCode"],
        passwordExpiration={"enabled": True, "validPeriodDays": 1},
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    door.clock.advance(3 * 86_400)
    await browser.begin()

    await browser.send(identifier=ANA, password=GOOD_PASSWORD)

    assert browser.text("[role=dialog] a") == "Reset password"
