"""From an application to its tokens: the provider and the Experience API in one browser."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import organization_parts
from carteiro.flows.administer.organizations.organizations import set_domains
from carteiro.flows.backend.one_time_link import NewToken, create_token
from carteiro.flows.guards.known_browsers import COOKIE
from carteiro.storage.people import relations
from carteiro.storage.sign_in import interactions
from door_parts import ANA, GOOD_PASSWORD, ORIGIN, TENANT, Door, code_of, email, method
from organization_parts import INSIDE, ORGANIZATIONS
from sign_in_parts import Browser, make_client, query_of


@pytest.fixture
async def browser(door: Door) -> Browser:
    """A browser that an application has just sent to sign in."""
    await make_client(door.world)
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    return Browser(door.world, http)


async def call(
    browser: Browser, verb: str, path: str, body: Any = None, app: str = "app", **more: str
) -> httpx.Response:
    given = {"json": body} if body is not None else {}
    headers = {"Logto-App-Id": app, **more}
    return await browser.http.request(verb, f"/api/experience{path}", headers=headers, **given)


async def submitted(
    door: Door, browser: Browser, event: str, app: str = "app", **begins: str
) -> str:
    """Prove an address by a code and submit: where the browser goes on."""
    await call(browser, "PUT", "", {"interactionEvent": event}, app, **begins)
    body: dict[str, Any] = {"identifier": email(), "interactionEvent": event}
    sent = await call(browser, "POST", "/verification/verification-code", body, app)
    proof = {"verificationId": sent.json()["verificationId"]}
    typed = {"identifier": email(), **proof, "code": await door.code()}
    await call(browser, "POST", "/verification/verification-code/verify", typed, app)
    await call(browser, "POST", "/identification", proof, app)
    done = await call(browser, "POST", "/submit", None, app)
    address: str = done.json()["redirectTo"]
    return address


async def by_code(door: Door, browser: Browser, event: str) -> httpx.Response:
    """The same, and how the application is answered."""
    return await browser.go_on(await browser.get(await submitted(door, browser, event)))


async def test_somebody_signs_in_by_a_code_and_the_application_gets_tokens(
    door: Door, browser: Browser
) -> None:
    user = await door.person(primary_email=ANA)
    page = await browser.ask(ui_locales="pt-PT")
    assert page.headers["location"].startswith("/sign-in?app_id=app")

    answer = await by_code(door, browser, "SignIn")
    mail = (await door.mails())[-1]
    tokens = (await browser.exchange(query_of(answer)["code"])).json()

    assert (mail.payload["locale"], mail.payload["uiLocales"]) == ("pt-PT", "pt-PT")
    assert mail.payload["application"]["id"] == "app"
    assert (await browser.claims(tokens["id_token"]))["sub"] == user.id
    assert COOKIE in browser.http.cookies
    assert code_of(await call(browser, "GET", "/interaction"))[0] in {400, 404}


async def test_whoever_lets_an_application_in_is_asked_in_the_language_they_signed_in_with(
    door: Door, browser: Browser
) -> None:
    await door.person(primary_email=ANA)
    await make_client(door.world, "theirs", type="SPA", third_party=True)
    await browser.ask(client_id="theirs", scope="openid")
    began, accepts = browser.uid("theirs"), {"Accept-Language": "xx, ja;q=0.4"}

    page = await browser.get(await submitted(door, browser, "SignIn", "theirs", **accepts))

    asked = browser.uid("theirs")
    now = door.clock.now()
    row = await door.world.database.read(lambda tx: interactions.get(tx, TENANT, asked, now))
    assert page.headers["location"].startswith("/consent")
    assert asked != began
    assert row is not None
    assert row.language == {
        "tag": "ja",
        "reason": "accept_language",
        "requested": "ja",
        "match": "built_in",
    }


async def test_somebody_registers_and_the_application_gets_their_organizations_token(
    door: Door, browser: Browser
) -> None:
    other = await door.person(primary_email="owner@else.example")
    await organization_parts.furnish(door.world, other.id)
    await set_domains(door.world, TENANT, "one", ["example.com"], replacing=False)
    parent = {"organization_id": "one"}
    await door.world.database.write(
        lambda tx: relations.add(tx, relations.JIT_ROLES, TENANT, parent, ["clerk"])
    )
    scope = f"openid offline_access invite {ORGANIZATIONS}"
    await browser.ask(scope=scope, resource=INSIDE, first_screen="register")

    answer = await by_code(door, browser, "Register")
    tokens = (await browser.exchange(query_of(answer)["code"])).json()
    inside = await browser.refresh(tokens["refresh_token"], organization_id="one")

    said = await browser.claims(tokens["id_token"])
    assert said["organizations"] == ["one"]
    claims = await browser.claims(inside.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == ("urn:logto:organization:one", "invite")
    assert claims["sub"] == said["sub"]


async def test_the_owners_browser_is_not_locked_out_by_a_stranger(
    door: Door, browser: Browser
) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        sentinelPolicy={"maxAttempts": 2, "lockoutDuration": 60},
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    await browser.ask()
    await call(browser, "PUT", "", {"interactionEvent": "SignIn"})
    body = {"identifier": email(), "password": GOOD_PASSWORD}
    proven = (await call(browser, "POST", "/verification/password", body)).json()
    await call(browser, "POST", "/identification", proven)
    assert (await call(browser, "POST", "/submit")).status_code == 200
    stranger = await door.browser()
    await stranger.begin()
    for _ in range(3):
        refused = await stranger.password("wrong")

    await browser.ask()
    await call(browser, "PUT", "", {"interactionEvent": "SignIn"})
    answer = await call(browser, "POST", "/verification/password", body)

    sends = {"identifier": email(), "interactionEvent": "SignIn"}
    for _ in range(11):
        full = await stranger.send()
    own = await call(browser, "POST", "/verification/verification-code", sends)

    assert code_of(full) == (429, "request.message_rate_limited")
    assert own.status_code == 200, own.text
    assert code_of(refused) == (400, "session.verification_blocked_too_many_attempts")
    assert code_of(await stranger.password()) == code_of(refused)
    assert answer.status_code == 200, answer.text


async def test_who_is_signed_in_and_opens_a_magic_link_goes_on(
    door: Door, browser: Browser
) -> None:
    user = await door.person(primary_email=ANA)
    browser.person = user.id
    await browser.code()
    token = await create_token(door.world, TENANT, NewToken(email=ANA))
    link = {"one_time_token": token.value, "login_hint": ANA}

    page = await browser.get((await browser.ask(**link)).headers["location"])
    assert page.headers["location"].startswith("/one-time-token?")
    await call(browser, "PUT", "", {"interactionEvent": "SignIn"})
    body = {"identifier": email(), "token": token.value}
    proof = (await call(browser, "POST", "/verification/one-time-token/verify", body)).json()
    await call(browser, "POST", "/identification", proof)
    done = await call(browser, "POST", "/submit")
    answer = await browser.go_on(await browser.get(done.json()["redirectTo"]))

    tokens = (await browser.exchange(query_of(answer)["code"])).json()
    assert (await browser.claims(tokens["id_token"]))["sub"] == user.id


async def test_a_cookie_that_is_not_ours_opens_nothing(door: Door, browser: Browser) -> None:
    await browser.ask()
    value = browser.http.cookies["_interaction"]
    other = await door.browser()

    for cookies in (
        {"_interaction": value},
        {"_interaction": value, "_interaction.sig": "x" * 43},
        {
            "_interaction": value,
            "_interaction.sig": str(other.client.cookies["_interaction.sig"]),
        },
    ):
        transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
        thief = httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies)
        answer = await thief.put("/api/experience", json={"interactionEvent": "SignIn"})
        assert code_of(answer) == (400, "session.not_found")
