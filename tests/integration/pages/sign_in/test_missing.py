"""What an account lacks is asked for one thing at a time, without script."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from carteiro.storage.people import users
from door_parts import ANA, BY_CODE, GOOD_PASSWORD, Door, method, wrong
from page_parts import Reader

BO = "bo@example.com"
NAMED = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
}
WITH_ADDRESS = {
    **NAMED,
    "signUp": {
        "identifiers": ["username"],
        "secondaryIdentifiers": [{"identifier": "email", "verify": True}],
        "password": True,
        "verify": False,
    },
}


def asking_for(**sign_up: Any) -> dict[str, Any]:
    """People come by a code, and an account needs this beside."""
    asked = {"identifiers": ["email"], "password": False, "verify": True, **sign_up}
    return {**BY_CODE, "signUp": asked}


async def come(door: Door, browser: Reader, to: str = ANA) -> None:
    """Sign in by a code."""
    await browser.begin()
    await browser.send(identifier=to)
    await browser.send(code=await door.code(to))


async def come_by_name(browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)


async def test_whoever_lacks_an_address_gives_one_and_is_signed_in(
    door: Door, browser: Reader
) -> None:
    await door.settings(**WITH_ADDRESS)
    await door.person(GOOD_PASSWORD, username="ana")

    await come_by_name(browser)
    asked = browser.path
    await browser.send(identifier="nonsense")
    refused = browser.alerts
    await browser.send(identifier=BO)
    typed_on = browser.path
    await browser.send(code=wrong(await door.code(BO)))
    mistyped = browser.alerts
    await browser.send(code=await door.code(BO))

    assert (asked, refused) == ("/continue/email?app_id=demo-app", ["This is not an email address"])
    assert typed_on == "/continue/verification-code?app_id=demo-app"
    assert mistyped == ["This code is not right"]
    assert browser.signed_in()["code"]


async def test_an_address_of_somebody_else_is_said_and_another_may_be_given(
    door: Door, browser: Reader
) -> None:
    await door.settings(**WITH_ADDRESS)
    await door.person(GOOD_PASSWORD, username="ana")
    await door.person(primary_email=BO)
    await come_by_name(browser)
    await browser.send(identifier=BO)

    await browser.send(code=await door.code(BO))
    said = browser.text("[role=dialog] h2")
    await browser.follow("Change email")

    assert said == f"There is an account for email {BO} already. Sign in, or use another email."
    assert browser.path == "/continue/email?app_id=demo-app"


async def test_a_newcomer_with_a_name_proves_an_address_before_there_is_an_account(
    door: Door, browser: Reader
) -> None:
    await door.settings(**WITH_ADDRESS)
    await browser.begin(first_screen="register")
    await browser.send(identifier="ana")
    await browser.send(newPassword=GOOD_PASSWORD, confirmPassword=GOOD_PASSWORD)
    asked = browser.path

    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())

    assert asked == "/continue/email?app_id=demo-app"
    assert browser.signed_in()["code"]


async def test_somebody_who_lacks_a_name_and_a_password_gives_first_one_then_the_other(
    door: Door, browser: Reader
) -> None:
    both = [{"identifier": "username", "verify": False}]
    await door.settings(**asking_for(secondaryIdentifiers=both, password=True))
    await door.person(primary_email=ANA)
    await door.person(username="taken")
    await come(door, browser)
    rules, first = browser.text("main .lead"), browser.path

    await browser.send(identifier="taken")
    taken = browser.alerts
    await browser.send(identifier="ana")
    second = browser.path
    fields = [one.attributes["name"] for one in browser.page.css("main input[type=password]")]
    values = dict.fromkeys(fields, GOOD_PASSWORD)
    await browser.send(**dict.fromkeys(fields, "short"))
    short = browser.alerts
    await browser.send(**values)

    assert first == "/continue/username?app_id=demo-app"
    assert "1 to 128 characters" in rules
    assert taken == ["Somebody has this username"]
    assert second == "/continue/password?app_id=demo-app"
    assert short == ["The minimum length is 8"]
    assert browser.signed_in()["code"]


async def test_what_a_tenant_asks_of_newcomers_lands_in_the_account(
    door: Door, browser: Reader
) -> None:
    asked = ["fullname", "gender", "address", "team"]
    await door.settings(signUpProfileFields=[{"name": name} for name in asked])
    await browser.begin(first_screen="register")
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())
    where = browser.path
    labels = [one.text(strip=True) for one in browser.page.css("main label")]

    await browser.send(**{"extra.team": "x" * 600})
    refused = browser.alerts
    await browser.send(
        **{"extra.givenName": "Ana", "extra.gender": "female", "extra.address": "Rua 1"}
    )
    stored = await door.world.database.read(_people)

    assert where == "/continue/extra-profile?app_id=demo-app"
    assert labels[0] == "First name (optional)"
    assert labels[-1] == "team (optional)"
    assert refused == ["Enter 0 to 512 characters"]
    assert browser.signed_in()["code"]
    assert stored == {"givenName": "Ana", "gender": "female", "address": {"formatted": "Rua 1"}}


async def _people(tx: Any) -> Any:
    found = await users.find_by_email(tx, "default", ANA)
    return json.loads(found.profile)


@pytest.mark.parametrize(
    "missing", ["email", "phone", "emailOrPhone", "username", "password", "extra-profile"]
)
async def test_nobody_adds_to_an_account_before_they_are_known(
    browser: Reader, missing: str
) -> None:
    await browser.begin()
    await browser.get(f"/continue/{missing}?app_id=demo-app")

    assert browser.path == "/sign-in?app_id=demo-app"


async def test_whoever_is_suspended_is_told_and_may_sign_in_as_somebody_else(
    door: Door, browser: Reader
) -> None:
    person = await door.person(primary_email=ANA)
    await door.world.database.write(lambda tx: users.update(tx, replace(person, is_suspended=True)))
    await come(door, browser)
    where, title = browser.path, browser.text("h1")

    await browser.follow("Back to sign-in")

    assert (where, title) == (
        "/account-suspended?app_id=demo-app",
        "This account is suspended",
    )
    assert browser.path == "/sign-in?app_id=demo-app"
