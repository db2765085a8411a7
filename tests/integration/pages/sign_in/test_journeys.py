"""The journeys of signing in, registering and resetting, without script."""

from __future__ import annotations

from typing import Any

import pytest

from door_parts import ANA, BY_CODE, GOOD_PASSWORD, Door, method
from page_parts import Reader

CODE, PASSWORD = "/sign-in/verification-code?app_id=demo-app", "/sign-in/password?app_id=demo-app"
BOTH_WAYS = {
    "signIn": {"methods": [{**method("email", password=True, code=True)}]},
    "forgotPasswordMethods": ["EmailVerificationCode"],
}
BY_NAME = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
}


def second(identifier: str) -> dict[str, Any]:
    """Both ways, the code first."""
    return {**method(identifier, password=True, code=True), "isPasswordPrimary": False}


async def test_somebody_signs_in_by_password_on_one_form(door: Door, browser: Reader) -> None:
    await door.settings(**BY_NAME)
    await door.person(GOOD_PASSWORD, username="ana")
    await browser.begin()

    await browser.send(identifier="ana", password="wrong-Password-1")
    said = browser.alerts
    await browser.send(identifier="ana", password=GOOD_PASSWORD)

    assert said == ["Incorrect account or password"]
    assert browser.signed_in()["code"]


async def test_nobody_learns_by_a_password_page_who_has_an_account(
    door: Door, browser: Reader
) -> None:
    await door.settings(**BY_NAME)
    await door.person(GOOD_PASSWORD, username="ana")
    pages = []
    for name in ("ana", "bob"):
        await browser.begin()
        await browser.send(identifier=name, password="wrong-Password-1")
        pages.append((browser.path, browser.text().replace(name, "")))

    assert pages[0] == pages[1]


async def test_a_password_page_offers_a_code_and_a_code_page_a_password(
    door: Door, browser: Reader
) -> None:
    await door.settings(**BOTH_WAYS | {"signIn": {"methods": [second("email")]}})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.follow("Sign in with password")
    path = browser.path
    await browser.send(password=GOOD_PASSWORD)

    assert path == PASSWORD
    assert browser.signed_in()["code"]


async def test_a_code_is_sent_from_the_password_page_when_it_is_asked_for(
    door: Door, browser: Reader
) -> None:
    await door.settings(
        signIn={
            "methods": [
                method("email", password=True, code=True),
                method("username", password=True),
            ]
        }
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    await browser.begin()
    await browser.send(identifier=ANA)
    path = browser.path

    await browser.follow("Sign in with verification code")
    none_yet = len(await door.mails())
    await browser.send()
    await browser.send(code=await door.code())

    assert (path, none_yet) == (PASSWORD, 0)
    assert browser.signed_in()["code"]


async def test_who_has_no_account_yet_is_asked_and_gets_one_by_the_same_code(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())
    asked = browser.text("[role=dialog] h2")

    await browser.send(form="[role=dialog] form")

    assert asked == f"{ANA} has no account yet. Do you want to create one?"
    assert browser.signed_in()["code"]


async def test_who_has_an_account_signs_in_from_the_page_for_new_ones(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    await browser.begin(first_screen="register")
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())

    await browser.send(form="[role=dialog] form")

    assert browser.signed_in()["code"]


async def test_somebody_registers_with_a_name_and_a_password(door: Door, browser: Reader) -> None:
    await door.settings(**BY_NAME)
    await browser.begin()
    await browser.follow("Create account")
    await browser.send(identifier="ana")
    asked = [one.attributes["name"] for one in browser.page.css("main input[type=password]")]

    await browser.send(newPassword=GOOD_PASSWORD, confirmPassword="another")
    differ = browser.alerts
    await browser.send(newPassword=GOOD_PASSWORD, confirmPassword=GOOD_PASSWORD)

    assert asked == ["newPassword", "confirmPassword"]
    assert differ == ["The two passwords differ"]
    assert browser.signed_in()["code"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1ana", "A username does not begin with a digit"),
        ("a-na", "A username has letters, digits and underscores only"),
        ("bob", "Somebody has this username"),
    ],
    ids=["a digit", "a sign", "taken"],
)
async def test_a_name_that_cannot_be_had_is_said_in_place(
    door: Door, browser: Reader, name: str, said: str
) -> None:
    await door.settings(**BY_NAME)
    await door.person(username="bob")
    await browser.begin(first_screen="register")

    await browser.send(identifier=name)

    assert (browser.path, browser.alerts) == ("/register?app_id=demo-app", [said])


async def test_a_forgotten_password_is_replaced_and_the_new_one_signs_in(
    door: Door, browser: Reader
) -> None:
    await door.settings(**BOTH_WAYS)
    await door.person("an-Old-password-7", primary_email=ANA)
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.follow("Forgot your password?")
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())
    shown = [one.attributes["name"] for one in browser.page.css("main input[type=password]")]

    await browser.send(newPassword=GOOD_PASSWORD)
    said, path = browser.toast, browser.path
    await browser.send(identifier=ANA)
    await browser.send(password=GOOD_PASSWORD)

    assert shown == ["newPassword"]
    assert (said, path) == ("Password changed", "/sign-in?app_id=demo-app")
    assert browser.signed_in()["code"]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", ["minimum length"]),
        ("password", ["simple password"]),
        ("123456789abcdefgh", ["sequential characters"]),
        ("aaaaaaaaaaaa", ["repeated characters"]),
        ("anastasia1", ["personal information"]),
        ("an-Old-password-7", ["be the same as"]),
    ],
    ids=["short", "leaked", "sequence", "repetition", "own", "same"],
)
async def test_what_is_wrong_with_a_new_password_is_said_in_place(
    door: Door, browser: Reader, password: str, words: list[str]
) -> None:
    await door.settings(**BOTH_WAYS)
    await door.person("an-Old-password-7", primary_email=ANA, username="anastasia")
    await browser.begin(first_screen="reset_password")
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())

    await browser.send(newPassword=password)

    assert browser.path == "/forgot-password/reset?app_id=demo-app"
    assert all(word in browser.alerts[0] for word in words), browser.alerts


async def test_an_expired_password_is_to_be_replaced(door: Door, browser: Reader) -> None:
    await door.settings(**BOTH_WAYS, passwordExpiration={"enabled": True, "validPeriodDays": 1})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    door.clock.advance(2 * 86_400)
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.send(password=GOOD_PASSWORD)

    await browser.follow("Reset password")

    assert browser.path == "/forgot-password?app_id=demo-app"
    assert browser.one("input[name=identifier]").attributes["value"] == ANA


@pytest.mark.parametrize("screen", ["identifier:sign_in", "identifier:register"])
async def test_an_application_asks_for_one_kind_of_identifier(
    door: Door, browser: Reader, screen: str
) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True), method("email", code=True)]},
        signUp={"identifiers": ["email"], "password": False, "verify": True},
    )

    await browser.begin(first_screen=screen, identifier="email")

    assert browser.text("label[for=identifier]") == "Email"


@pytest.mark.parametrize(
    "screen", ["identifier:sign_in", "identifier:register", "single_sign_on", "reset_password"]
)
async def test_what_is_not_enabled_falls_back_to_the_first_page(
    door: Door, browser: Reader, screen: str
) -> None:
    await door.settings(**BY_CODE, signInMode="SignIn")

    await browser.begin(first_screen=screen, identifier="phone")

    assert browser.path == "/sign-in?app_id=demo-app"


async def test_the_label_names_what_is_taken_in_one_order(door: Door, browser: Reader) -> None:
    await door.settings(
        signIn={"methods": [method("email", code=True), method("username", password=True)]}
    )

    await browser.begin()

    assert browser.text("label[for=identifier]") == "Username / Email"
