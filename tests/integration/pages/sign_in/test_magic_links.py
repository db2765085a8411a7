"""Magic links on pages, without script: looked at by anybody, used by a button, once."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.flows.backend.one_time_link import verify_token
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, method
from page_parts import HTML, Reader, reader

BO = "bo@example.com"
PAGE, ERROR = "/one-time-token?app_id=demo-app", "/one-time-token/error?app_id=demo-app"
BY_PASSWORD = {
    "signIn": {"methods": [method("email", password=True)]},
    "signUp": {"identifiers": ["email"], "password": True, "verify": True},
}
TERMS = {"termsOfUseUrl": "https://example.com/terms"}


async def open_link(browser: Reader, token: str, to: str = ANA, **more: Any) -> None:
    """Open a link, as the application sends people here."""
    await browser.begin(one_time_token=token, login_hint=to, **more)


async def sign_in(door: Door, browser: Reader, to: str = ANA) -> None:
    await browser.begin()
    await browser.send(identifier=to)
    await browser.send(code=await door.code(to))
    assert browser.signed_in()


async def unused(door: Door, token: str, to: str = ANA) -> bool:
    return (await verify_token(door.world, TENANT, token, to)).value == token


async def test_a_link_signs_in_by_a_button(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    await open_link(browser, token)
    where, words = browser.path, browser.text()

    await browser.send()

    assert where == PAGE
    assert ANA in words
    assert token not in browser.answer.text
    assert browser.signed_in()["code"]


async def test_whoever_only_looks_uses_up_no_link(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    scanner = reader(door)
    await open_link(scanner, token)
    for address in (scanner.path, "/oidc/auth"):
        await scanner.http.head(address, headers=HTML)

    await open_link(browser, token)
    await browser.send()

    assert scanner.path == PAGE
    assert browser.signed_in()["code"]


async def test_a_link_that_another_device_has_used_offers_a_code_instead(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    other = reader(door)
    await open_link(other, token)
    await open_link(browser, token)
    await other.send()

    await browser.send()
    where, words = browser.path, browser.text("h1")
    await browser.send()
    typed_on = browser.path
    await browser.send(code=await door.code())

    assert other.signed_in()["code"]
    assert (where, words) == (ERROR, "This link does not work")
    assert typed_on == "/sign-in/verification-code?app_id=demo-app"
    assert browser.signed_in()["code"]


async def test_a_code_may_be_asked_for_without_using_the_link(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    await open_link(browser, token)

    await browser.send(answer="code")
    await browser.send(code=await door.code())

    assert browser.signed_in()["code"]
    assert await unused(door, token)


async def test_a_link_that_is_over_leads_to_the_other_ways(door: Door, browser: Reader) -> None:
    await door.settings(**BY_PASSWORD)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    token = await door.link()
    await open_link(browser, token)
    door.clock.advance(601)
    await browser.send()
    where, forms = browser.path, len(browser.page.css("main form"))

    await browser.send()
    kept = browser.one("input[name=identifier]").attributes["value"]
    await browser.send(identifier=ANA, password=GOOD_PASSWORD)

    assert (where, forms) == (ERROR, 1)
    assert kept == ANA
    assert browser.signed_in()["code"]


async def test_an_address_that_is_not_the_links_uses_up_nothing(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    token = await door.link()
    await open_link(browser, token, BO)

    await browser.send()

    assert browser.path == ERROR
    assert await unused(door, token)


async def test_words_of_an_address_are_not_put_into_the_page(browser: Reader) -> None:
    await browser.begin()
    await browser.get("/one-time-token?errorMessage=Call+us+at+555")

    assert browser.text("h1") == "This link does not work"
    assert "555" not in browser.answer.text


async def test_a_newcomer_gets_an_account_where_others_cannot_register(
    door: Door, browser: Reader
) -> None:
    await door.settings(signInMode="SignIn")
    await open_link(browser, await door.link())

    await browser.send()

    assert browser.signed_in()["code"]


async def test_a_newcomer_accepts_the_terms_with_the_link_used_once(
    door: Door, browser: Reader
) -> None:
    await door.settings(**TERMS, agreeToTermsPolicy="ManualRegistrationOnly")
    await open_link(browser, await door.link())
    before = len(browser.page.css("input[name=terms]"))
    await browser.send()
    asked, alerts = browser.path, browser.alerts
    await browser.send()
    reminded = browser.alerts

    await browser.send(terms="yes")

    assert (before, asked, alerts) == (0, PAGE, [])
    assert reminded == ["Accept the terms to go on."]
    assert browser.signed_in()["code"]


@pytest.mark.parametrize("exists", [True, False], ids=["known", "unknown"])
async def test_a_link_that_was_made_to_register_does_so_or_signs_in(
    door: Door, browser: Reader, exists: bool
) -> None:
    if exists:
        await door.person(primary_email=ANA)
    await open_link(browser, await door.link(interactionEvent="Register"))

    await browser.send()

    assert browser.signed_in()["code"]


async def test_a_link_leads_to_a_new_password_where_the_application_wants_that(
    door: Door, browser: Reader
) -> None:
    await door.settings(**BY_PASSWORD)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    await open_link(browser, await door.link(), first_screen="reset_password")
    where, words = browser.path, browser.text("main .lead")

    await browser.send()
    asked = browser.path
    await browser.send(newPassword="another-Horse8-battery")

    assert (where, words) == (PAGE, "Choose a new password for your account.")
    assert asked == "/forgot-password/reset?app_id=demo-app"
    assert browser.toast == "Password changed"


async def test_whoever_is_signed_in_already_uses_their_link_and_goes_on(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    await sign_in(door, browser)
    await open_link(browser, await door.link(), prompt="consent")
    where = browser.path

    await browser.send()

    assert where.startswith("/one-time-token?")
    assert browser.signed_in()["code"]


@pytest.mark.parametrize("answer", ["", "keep"], ids=["another account", "this one"])
async def test_whoever_is_signed_in_as_somebody_else_says_who_they_mean_to_be(
    door: Door, browser: Reader, answer: str
) -> None:
    await door.person(primary_email=ANA)
    await door.person(primary_email=BO)
    await sign_in(door, browser, BO)
    token = await door.link()
    await open_link(browser, token, prompt="consent")
    where, title = browser.path, browser.text("h1")

    await browser.send(answer=answer)
    if "op.logoutForm" in browser.answer.text:
        await browser.send(form="form", logout="yes")

    assert where.startswith("/switch-account?")
    assert title == f"You are signed in as {BO}"
    assert browser.signed_in()["code"]
    assert (await who(door, browser)) == (BO if answer else ANA)


async def who(door: Door, browser: Reader) -> str:
    """Whose the browser's session is."""
    await browser.begin(prompt="consent", login_hint="none@example.com", one_time_token="x" * 32)
    return browser.text("h1").rpartition(" ")[2]


async def test_a_link_in_a_browser_that_began_nowhere_says_so(door: Door) -> None:
    stranger = reader(door)
    await stranger.get(f"/one-time-token?one_time_token={'x' * 32}&login_hint={ANA}")

    assert stranger.path == "/unknown-session"
