"""`/demo-app`: the real thing, without script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, ORIGIN, Door, opened_door
from page_parts import Reader, follower

BOB = "bob@example.com"


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_790_000_000_000)) as door:
        yield door


@pytest.fixture
def browser(door: Door) -> Reader:
    return follower(door)


async def sign_in(door: Door, browser: Reader, asked: str = "", to: str = ANA) -> None:
    await browser.get(f"/demo-app{asked}")
    await browser.send(identifier=to)
    await browser.send(code=await door.code())


async def test_whoever_opens_it_signs_in_at_once_and_reads_what_it_is_told(
    door: Door, browser: Reader
) -> None:
    user = await door.person(primary_email=ANA, name="Ana <b>")

    await browser.get("/demo-app")
    first = browser.path
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())

    assert first == "/sign-in?app_id=demo-app"
    assert browser.path == "/demo-app"
    assert browser.one("div.infoCard > div").text() == f"User ID: {user.id}"
    assert {"name", "email", "email_verified"} <= {one.text() for one in browser.page.css("dt")}
    assert "Ana <b>" in browser.text("dl")


async def test_its_own_parameters_go_along_but_none_that_it_says_itself(
    door: Door, browser: Reader
) -> None:
    await browser.get(
        "/demo-app?first_screen=register&login_hint=ana%40example.com&client_id=console"
        "&redirect_uri=https%3A%2F%2Fevil.example&scope=urn:logto:scope:organizations"
    )

    assert browser.path.startswith("/register?app_id=demo-app")
    assert browser.one("input[name=identifier]").attributes["value"] == ANA


async def test_parameters_have_somebody_sign_in_who_has_signed_in_already(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    await sign_in(door, browser)

    await browser.get("/demo-app")
    still = browser.path
    await browser.get("/demo-app?prompt=login")

    assert (still, browser.path) == ("/demo-app", "/sign-in?app_id=demo-app")


async def test_who_signs_out_there_is_signed_out_and_asked_to_sign_in_again(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    await sign_in(door, browser)
    button = browser.one("div[role=button]").text()

    await browser.send()
    await browser.send(form="form", logout="yes")

    assert button == "Sign out"
    assert browser.path == "/sign-in?app_id=demo-app"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"], ids=["foreign", "hidden"])
async def test_nobody_is_signed_out_by_a_form_of_somebody_elses(
    door: Door, browser: Reader, origin: str
) -> None:
    await door.person(primary_email=ANA)
    await sign_in(door, browser)

    await browser.open(
        await browser.http.post("/demo-app", data={"xsrf": "a.b"}, headers={"origin": origin})
    )

    assert browser.path == "/demo-app"
    assert browser.text("h1") == "You are signed in"


async def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    other = follower(door)
    other.stops_at = f"{ORIGIN}/demo-app?"
    await sign_in(door, other)
    assert "code=" in other.path

    await browser.get(other.path)

    assert browser.answer.status_code == 400
    assert browser.text("h1") == "Your sign-in is not under way any more"
    assert not browser.http.cookies


async def test_a_token_that_is_over_leads_to_signing_in_again(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    await sign_in(door, browser)
    door.clock.advance(15 * 86_400)

    await browser.get("/demo-app")

    assert browser.path == "/sign-in?app_id=demo-app"
