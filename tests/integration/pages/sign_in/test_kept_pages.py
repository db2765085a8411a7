"""A first page is kept for the next one who comes: nothing of the one before is on it."""

from __future__ import annotations

import json
import re

import pytest
from markupsafe import escape

from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.administer.tenant.languages import put_phrases
from door_parts import ANA, TENANT, Door, method
from page_parts import HTML, Reader, asking, reader
from sign_in_parts import make_client

_TOKEN = re.compile(r'name="xsrf" value="([^"]*)"')


async def read(door: Door, **more: str) -> Reader:
    """A browser that has just come."""
    browser = reader(door)
    await browser.begin(**more)
    return browser


async def test_two_people_see_the_same_page_with_a_token_each(door: Door) -> None:
    first, second = await read(door), await read(door)
    tokens = [_TOKEN.findall(one.answer.text) for one in (first, second)]

    pages = [_TOKEN.sub("", one.answer.text) for one in (first, second)]

    assert pages[0] == pages[1]
    assert [len(found) for found in tokens] == [2, 2]
    assert [len(set(found)) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


async def test_each_persons_form_is_taken_and_no_other_persons(door: Door) -> None:
    first, second = await read(door), await read(door)
    _, foreign = second.filled()

    await first.send(identifier=ANA, xsrf=foreign["xsrf"])
    refused = first.path, len(await door.mails())
    await second.send(identifier=ANA)

    assert refused == ("/sign-in?app_id=demo-app", 0)
    assert second.path == "/sign-in/verification-code?app_id=demo-app"


async def test_what_one_person_typed_is_on_no_other_persons_page(door: Door) -> None:
    first = await read(door)
    await first.send(identifier="no address")
    hinted = await read(door, login_hint="hinted@example.com")
    third = await read(door)
    await first.get("/sign-in?app_id=demo-app")

    assert first.one("#identifier").attributes["value"] == "no address"
    assert hinted.one("#identifier").attributes["value"] == "hinted@example.com"
    assert third.one("#identifier").attributes["value"] == ""
    assert third.alerts == []


async def test_a_change_of_the_tenants_is_on_the_next_page(door: Door) -> None:
    before = await read(door)

    await door.settings(color={"primaryColor": "#010203", "isDarkModeEnabled": False})
    looks = await read(door)
    await put_phrases(door.world, TENANT, "en", {"action": {"sign_in": "Let me in"}})
    words = await read(door)

    assert "--brand:#010203" not in before.answer.text
    assert "--brand:#010203" in looks.answer.text
    assert looks.text("main form button") == "Sign in"
    assert words.text("main form button") == "Let me in"


async def test_each_organization_and_each_application_has_its_own(door: Door) -> None:
    await make_client(door.world, "app1", type="SPA", redirect_uris=("https://shop.test/cb",))
    color = json.dumps({"primaryColor": "#040506"})
    made = await create_organization(door.world, TENANT, {"name": "Acme", "color": color})

    plain, acme, again = (
        await read(door),
        await read(door, organization_id=made.id),
        await read(door),
    )
    shop = reader(door)
    asked = asking(client_id="app1", redirect_uri="https://shop.test/cb")
    await shop.open(await shop.http.get("/oidc/auth", params=asked))

    assert [one.text(".name") for one in (plain, acme, again)] == [
        "Live Preview",
        "Acme",
        "Live Preview",
    ]
    assert ["#040506" in one.answer.text for one in (plain, acme, again)] == [False, True, False]
    assert "https://shop.test" in shop.answer.headers["content-security-policy"]
    assert "https://shop.test" not in again.answer.headers["content-security-policy"]
    assert 'action="/sign-in?app_id=app1"' in shop.answer.text


async def test_a_large_style_is_its_owners_and_the_newest_one(door: Door) -> None:
    red, blue, green = (f"a{{color:{name}}}" * 5000 for name in ("red", "blue", "green"))
    await door.settings(customCss=red)
    made = await create_organization(door.world, TENANT, {"name": "Acme", "custom_css": blue})

    pages = [
        (await read(door)).answer.text,
        (await read(door, organization_id=made.id)).answer.text,
        (await read(door)).answer.text,
    ]
    await door.settings(customCss=green)
    pages.append((await read(door)).answer.text)

    assert [[css in page for css in (red, blue, green)] for page in pages] == [
        [True, False, False],
        [False, True, False],
        [True, False, False],
        [False, False, True],
    ]


async def test_each_redirect_of_an_application_is_allowed_to_its_own_page(door: Door) -> None:
    sites = ("https://a.test/cb", "https://b.test/cb")
    await make_client(door.world, "app1", type="SPA", redirect_uris=sites)
    policies = []
    for site in sites:
        browser = reader(door)
        asked = asking(client_id="app1", redirect_uri=site)
        await browser.open(await browser.http.get("/oidc/auth", params=asked))
        policies.append(browser.answer.headers["content-security-policy"])

    assert "form-action 'self' https://a.test;" in policies[0]
    assert "form-action 'self' https://b.test;" in policies[1]


async def test_what_a_request_narrows_is_narrow_on_its_own_page_only(door: Door) -> None:
    methods = [method("email", code=True), method("username", password=True)]
    await door.settings(signIn={"methods": methods})
    narrow = {"first_screen": "identifier:sign_in", "identifier": "email"}

    first = await read(door, first_screen="identifier:sign_in")
    second = await read(door, **narrow)
    third = await read(door, first_screen="identifier:sign_in")

    labels = [one.text("label[for=identifier]") for one in (first, second, third)]
    assert labels == ["Username / Email", "Email", "Username / Email"]


async def test_the_dark_page_is_not_the_light_one(door: Door) -> None:
    await door.settings(
        color={
            "primaryColor": "#010203",
            "darkPrimaryColor": "#fefefe",
            "isDarkModeEnabled": True,
        }
    )
    modes = []
    for wanted in ("light", "dark", "light"):
        browser = reader(door)
        browser.headers["sec-ch-prefers-color-scheme"] = wanted
        await browser.begin()
        modes.append((browser.one("body").attributes["class"] or "").split()[-1])

    assert modes == ["light", "dark", "light"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_a_text_that_looks_like_the_tokens_place_stays_text(
    door: Door, encoding: str
) -> None:
    hostile = "<!--token-->"
    made = await create_organization(door.world, TENANT, {"name": hostile})
    await put_phrases(door.world, TENANT, "en", {"action": {"sign_in": hostile}})
    await door.settings(customCss="a::before{content:'<!--token-->'}")
    browser = reader(door)
    browser.headers["accept-encoding"] = encoding

    await browser.begin(organization_id=made.id)
    again = await browser.http.get("/sign-in?app_id=demo-app", headers=HTML)

    assert browser.text(".name") == browser.text("main form button") == hostile
    token = browser.filled()[1]["xsrf"]
    assert browser.answer.text.count(token) == 2
    assert hostile not in again.text
    assert escape(hostile) in again.text
