"""A password that changes signs the person out everywhere, whoever changed it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.flows.administer.people.passwords import set_password
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import interactions
from door_parts import ANA, GOOD_PASSWORD, ORIGIN, TENANT, Browser, Door, method, proven
from sign_in_parts import Browser as Someone
from sign_in_parts import error_of, make_client

NEW_PASSWORD = "another-Horse8-stable"


async def someone(door: Door) -> Someone:
    """A browser in which nobody is signed in."""
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    return Someone(door.world, httpx.AsyncClient(transport=transport, base_url=ORIGIN))


async def reset(door: Door, browser: Browser) -> None:
    """Replace Ana's password, which she has forgotten."""
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))
    await browser.call("PUT", "/profile/password", {"password": NEW_PASSWORD})
    assert (await browser.submit()).status_code == 204


async def outcome(holder: Someone, tokens: dict[str, Any]) -> tuple[Any, ...]:
    """What a refresh and a visit come to, and what the access token still opens."""
    refreshed = await holder.refresh(tokens["refresh_token"])
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = await holder.get("/oidc/me", headers=bearer)
    page = await holder.ask(prompt=None)
    where = page.headers["location"].partition("?")[0]
    return refreshed.status_code, me.status_code, where


@pytest.mark.parametrize("by", ["reset", "administrator"])
async def test_a_new_password_ends_sessions_and_tokens_everywhere(door: Door, by: str) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await make_client(door.world)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    bo = await door.person(primary_email="bo@example.com")
    thief, neighbour = await someone(door), await someone(door)
    thief.person, neighbour.person = ana.id, bo.id
    stolen, own = await thief.tokens(), await neighbour.tokens()

    if by == "reset":
        await reset(door, await door.browser())
    else:
        await set_password(door.world, TENANT, ana.id, NEW_PASSWORD)

    assert await outcome(thief, stolen) == (400, 401, "/sign-in")
    assert (await neighbour.refresh(own["refresh_token"])).status_code == 200


async def test_whoever_reset_a_password_in_their_own_session_goes_on(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await make_client(door.world)
    ana = await door.person(GOOD_PASSWORD, primary_email=ANA)
    holder = await someone(door)
    holder.person = ana.id
    await holder.tokens()
    await holder.ask(prompt="login")
    browser = Browser(holder.http, holder.uid())

    async def began(tx: Transaction) -> interactions.Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    before = await door.world.database.read(began)
    await reset(door, browser)
    answer = await holder.go_on(await holder.get(await holder.submit()))

    assert before is not None
    assert before.session_uid is not None
    assert answer.headers["location"].startswith("https://app.test/callback?code=")


async def test_a_first_password_signs_nobody_out(door: Door) -> None:
    await make_client(door.world)
    ana = await door.person(primary_email=ANA)
    holder = await someone(door)
    holder.person = ana.id
    tokens = await holder.tokens()

    await set_password(door.world, TENANT, ana.id, NEW_PASSWORD)

    refreshed = await holder.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200, error_of(refreshed)
