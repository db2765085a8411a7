"""What lives as long as a session is over with it, and what outlives it goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

import sign_in_parts
from carteiro.errors import RelationNotFound
from carteiro.flows.sign_in.provider.visit import Visit, taken
from carteiro.model.actor import Actor
from carteiro.oidc.errors import SessionNotFound
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import grants
from carteiro.testing.clock import FrozenClock
from sign_in_parts import ORIGIN, SECRET, Browser, T, error_of, query_of

REFUSED = (400, "invalid_grant", "grant request is invalid")
FORTNIGHT = 14 * 86_400


@pytest.fixture
async def bound(someone: Browser) -> Browser:
    """Ann; ``app`` gets a refresh token whether or not it asks for one that outlives sessions."""
    custom = {"alwaysIssueRefreshToken": True, "refreshTokenTtlInDays": 90}
    await sign_in_parts.make_client(someone.world, "bound", custom=custom)
    return someone


async def silently(browser: Browser, scope: str = "openid") -> str:
    """A code for whoever is signed in and has let the application in."""
    answer = await browser.go_on(await browser.ask(client_id="bound", prompt=None, scope=scope))
    return query_of(answer)["code"]


async def exchange(browser: Browser, code: str) -> httpx.Response:
    return await browser.exchange(code, client_id="bound")


async def end(browser: Browser) -> httpx.Response:
    return await browser.sign_out(await browser.get("/oidc/session/end"))


async def require_over(browser: Browser, body: dict[str, Any]) -> None:
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert error_of(await browser.http.get("/oidc/me", headers=bearer))[:2] == (
        401,
        "invalid_token",
    )
    assert error_of(await browser.refresh(body["refresh_token"], "bound")) == REFUSED
    for name in ("access_token", "refresh_token"):
        form = {"token": body[name], "client_id": "bound", "client_secret": SECRET}
        looked = await browser.http.post("/oidc/token/introspection", data=form)
        assert looked.json() == {"active": False}


async def test_what_is_bound_to_a_session_is_over_when_its_time_is(
    bound: Browser, clock: FrozenClock
) -> None:
    await silently(bound)
    clock.advance(FORTNIGHT - 60)
    body = (await exchange(bound, await silently(bound))).json()
    clock.advance(59)
    alive = await bound.refresh(body["refresh_token"], "bound")
    late = await silently(bound)
    clock.advance(1)

    assert alive.status_code == 200
    assert error_of(await exchange(bound, late)) == REFUSED
    await require_over(bound, body)


async def test_what_outlives_a_session_goes_on_when_its_time_is_over(
    bound: Browser, clock: FrozenClock
) -> None:
    body = await bound.tokens(client_id="bound")
    clock.advance(FORTNIGHT)

    assert (await bound.refresh(body["refresh_token"], "bound")).status_code == 200


async def test_a_later_request_for_less_does_not_end_what_outlives_sessions(
    bound: Browser,
) -> None:
    body = await bound.tokens(client_id="bound")
    await exchange(bound, await silently(bound))
    await end(bound)

    assert (await bound.refresh(body["refresh_token"], "bound")).status_code == 200


async def test_a_new_grant_outlives_nothing_because_an_old_one_did(bound: Browser) -> None:
    await bound.tokens(client_id="bound")
    now = bound.world.clock.now()
    (old,) = await bound.world.database.read(
        lambda tx: grants.of_account(tx, T, "ann", now=now, most=9)
    )
    await bound.world.database.write(lambda tx: grants.end(tx, T, old.id))
    body = (await exchange(bound, await silently(bound))).json()
    await end(bound)

    await require_over(bound, body)
    left = await bound.world.database.read(
        lambda tx: grants.of_account(tx, T, "ann", now=now, most=9)
    )
    assert left == []


async def test_nobody_is_given_a_code_for_a_session_that_is_being_ended(bound: Browser) -> None:
    for _ in range(4):
        await silently(bound)
        page = await bound.get("/oidc/session/end")
        asked, ended = await asyncio.gather(
            bound.ask(client_id="bound", prompt=None, scope="openid"), bound.sign_out(page)
        )

        assert (asked.status_code, ended.status_code) == (303, 303), asked.text
        if "code=" in asked.headers["location"]:
            given = await exchange(bound, query_of(asked)["code"])
            assert error_of(given) == REFUSED
        bound.http.cookies.clear()


async def test_signing_out_beside_an_exchange_leaves_nothing(bound: Browser) -> None:
    for _ in range(4):
        code = await silently(bound)
        page = await bound.get("/oidc/session/end")
        given, ended = await asyncio.gather(exchange(bound, code), bound.sign_out(page))

        assert ended.status_code == 303
        if given.status_code == 200:
            await require_over(bound, given.json())
        else:
            assert error_of(given) == REFUSED
        bound.http.cookies.clear()


async def test_the_end_of_a_grant_beside_an_exchange_leaves_nothing(bound: Browser) -> None:
    for _ in range(4):
        code = await bound.code(client_id="bound", scope="openid offline_access")
        given, _ended = await asyncio.gather(exchange(bound, code), end_grants(bound))

        if given.status_code == 200:
            await require_over(bound, given.json())
        else:
            assert error_of(given) == REFUSED


async def test_the_end_of_a_grant_beside_a_request_is_a_question_or_an_answer(
    bound: Browser,
) -> None:
    for _ in range(4):
        await silently(bound)
        asked, _ended = await asyncio.gather(
            bound.ask(client_id="bound", prompt=None, scope="openid"), end_grants(bound)
        )

        assert asked.status_code == 303, asked.text
        where = asked.headers["location"]
        assert "code=" in where or where.startswith(("/consent", "/sign-in"))


async def end_grants(browser: Browser) -> int:
    return await browser.world.database.write(lambda tx: grants.end_of_client(tx, T, "bound"))


async def test_what_ends_in_the_very_moment_is_looked_at_again(someone: Browser) -> None:
    visit = Visit(world=someone.world, tenant_id=T, origin=ORIGIN, by=Actor())
    looks: list[Transaction] = []

    async def twice_in_vain(tx: Transaction) -> str:
        looks.append(tx)
        if len(looks) < 3:
            raise RelationNotFound
        return "done"

    async def always_in_vain(_: Transaction) -> None:
        raise RelationNotFound

    assert await taken(visit, twice_in_vain) == "done"
    with pytest.raises(SessionNotFound):
        await taken(visit, always_in_vain)
