"""How often a step asks the database: each statement is a round trip on PostgreSQL.

A step that changes something takes two: it is read under its lock with everything that it needs to
know, and written with its entry of the log. A password is compared outside of the lock, so whoever
has it is found before: that is a third. To send is seven, two of them the hand-over's own. Whoever
registers costs one more for the address and one for the organizations of its domain.

``BEGIN`` and ``COMMIT`` are not counted.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import round_trip_parts
from carteiro.flows.administer.access.resources import create_resource
from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.guards.known_browsers import COOKIE
from carteiro.model.actor import Actor
from carteiro.testing.clock import FrozenClock
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    ORIGIN,
    Door,
    before_second_factor,
    method,
    proof_of,
    proven,
    send_second,
    verify_second,
    wrong,
)
from sign_in_parts import Browser, make_client, query_of

pytestmark = pytest.mark.usefixtures("unheard")


async def watching(asked: list[str], call: Any) -> Any:
    """Await a step; what the service asks by itself meanwhile is not counted."""
    asked.clear()
    with round_trip_parts.here():
        return await call


class Ticking(FrozenClock):
    """Time that passes whenever somebody looks."""

    def now(self) -> int:
        self.advance(0.001)
        return super().now()


@pytest.fixture
def asked(door: Door, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The round trips of steps; what goes together is one."""
    object.__setattr__(door.world, "clock", Ticking(door.clock.now()))
    return round_trip_parts.watch(monkeypatch)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_step_asks_the_database_no_more_often_than_it_has_to(
    door: Door, asked: list[str]
) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    counted: dict[str, int] = {}

    async def step(name: str, call: Any) -> Any:
        answer = await watching(asked, call)
        counted[name] = len(asked)
        assert answer.status_code < 300, (name, answer.text)
        return answer

    await browser.begin()  # reads the settings, once for all
    await step("begin", browser.begin())
    await step("look", browser.call("GET", "/interaction"))
    turn = {"interactionEvent": "Register"}
    await step("turn", browser.call("PUT", "/interaction-event", turn))
    await browser.begin()
    proof = proof_of(await browser.send())
    await step("verify", browser.verify(proof, await door.code()))
    await step("password", browser.password())
    await step("identify", browser.identify(proof))
    await step("submit", browser.submit())
    await browser.begin("Register")
    proof = proof_of(await step("send", browser.send("Register", "new@example.com")))
    code = await door.code("new@example.com")
    await step("verify of a newcomer", browser.verify(proof, code, "new@example.com"))
    await step("register", browser.identify(proof))
    await step("submit of a newcomer", browser.submit())

    assert counted == {
        "begin": 2,
        "look": 1,
        "turn": 2,
        "verify": 2,
        "password": 3,
        "identify": 2,
        "submit": 2,
        "send": 5,
        "verify of a newcomer": 2,
        "register": 2,
        "submit of a newcomer": 2,
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_try_asks_as_often_whoever_is_meant_and_whatever_is_typed(
    door: Door, asked: list[str]
) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    counted: dict[str, int] = {}

    async def step(name: str, call: Any) -> None:
        assert (await watching(asked, call)).status_code >= 400, name
        counted[name] = len(asked)

    await browser.begin()
    proof = proof_of(await browser.send())
    await step("wrong code", browser.verify(proof, wrong(await door.code())))
    stranger = proof_of(await browser.send(to="nobody@example.com"))
    typed = wrong(await door.code("nobody@example.com"))
    await step("wrong code of nobody", browser.verify(stranger, typed, "nobody@example.com"))
    await step("wrong password", browser.password("wrong"))
    await step("password of nobody", browser.password("wrong", "nobody@example.com"))

    assert counted == {
        "wrong code": 2,
        "wrong code of nobody": 2,
        "wrong password": 3,
        "password of nobody": 3,
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_limit_of_wrong_tries_of_a_network_costs_a_try_nothing(
    door: Door, asked: list[str]
) -> None:
    await update_protection(door.world, "default", {"networkWrongTriesPerHour": 1})
    browser = await door.browser()
    await browser.begin()
    tries: list[tuple[int, list[str]]] = []

    async def step(mistyped: bool) -> None:
        proof = proof_of(await browser.send())
        code = await door.code()
        typed = wrong(code) if mistyped else code
        answer = await watching(asked, browser.verify(proof, typed))
        tries.append((answer.status_code, [*asked]))

    for mistyped in (False, True, False):
        await step(mistyped)

    right, mistaken, held_up = tries
    assert [status for status, _ in tries] == [200, 400, 400]
    assert [len(trips) for _, trips in tries] == [2, 2, 2]
    assert ["rates.read" in trips[0] for _, trips in tries] == [True] * 3
    assert "rates.fill" in mistaken[1][1]
    assert "rates.fill" not in right[1][1] + held_up[1][1]


@pytest.mark.parametrize("wrong_tries", [None, 1])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nor_does_it_where_somebody_types_with_a_token_of_theirs(
    door: Door, asked: list[str], wrong_tries: int | None
) -> None:
    await update_protection(door.world, "default", {"networkWrongTriesPerHour": wrong_tries})
    by = Actor(user_id="u", ip="192.0.2.1")
    await send_code(door.world, "default", Asked(email=ANA))
    code = await door.code()

    await watching(asked, redeem_code(door.world, "default", code, email=ANA, by=by))

    assert len(asked) == 2, asked
    assert ("rates.read" in asked[0]) is (wrong_tries is not None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nor_does_it_to_a_second_factor(door: Door, asked: list[str]) -> None:
    browser = await before_second_factor(door)
    trips: list[int] = []

    for wrong_tries in (None, 1):
        await update_protection(door.world, "default", {"networkWrongTriesPerHour": wrong_tries})
        proof = await send_second(browser)
        answer = await watching(asked, verify_second(browser, proof, await door.code()))
        assert answer.status_code == 200, answer.text
        trips.append(len(asked))

    assert trips[0] == trips[1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_known_browser_costs_a_try_nothing(door: Door, asked: list[str]) -> None:
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    await browser.identify(await proven(door, browser))
    await browser.submit()
    assert COOKIE in browser.client.cookies
    again = await door.browser()
    again.client.cookies.set(COOKIE, browser.client.cookies[COOKIE])
    await again.begin()
    proof = proof_of(await again.send())
    code = await door.code()

    answer = await watching(asked, again.verify(proof, code))
    verifying = [*asked]
    await again.identify(proof)
    submitted = await watching(asked, again.submit())

    assert answer.status_code == submitted.status_code == 200, answer.text
    assert len(verifying) == 2, verifying
    assert len(asked) == 2, asked


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_the_provider_asks_the_database_does_not_grow(
    door: Door, asked: list[str]
) -> None:
    await make_client(door.world)
    user = await door.person(primary_email=ANA)
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    browser = Browser(door.world, http)
    browser.person = (await door.person(primary_email="bo@example.com")).id
    counted: dict[str, int] = {}

    async def step(name: str, call: Any) -> Any:
        answer = await watching(asked, call)
        counted[name] = len(asked)
        assert answer.status_code < 400, (name, answer.text)
        return answer

    await browser.tokens()  # reads the settings and the keys, once for all
    browser.http.cookies.clear()
    browser.person = user.id
    page = await step("authorize", browser.ask())
    back = await browser.submit()
    page = await step("resume", browser.get(back))
    assert page.headers["location"].startswith("/consent")
    page = await step("consent", browser.get(page.headers["location"]))
    page = await step("resume with consent", browser.get(page.headers["location"]))
    tokens = (await step("code", browser.exchange(query_of(page)["code"]))).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    await step("userinfo", browser.get("/oidc/me", headers=bearer))
    await step("refresh", browser.refresh(tokens["refresh_token"]))
    api = "https://api.test"
    await create_resource(door.world, "default", name="api", indicator=api, access_token_ttl=60)
    browser.http.cookies.clear()
    await step("authorize for a resource", browser.ask(resource=api))

    assert counted == {
        "authorize": 1,
        "resume": 2,
        "consent": 2,
        "resume with consent": 2,
        "code": 2,
        "userinfo": 1,
        "refresh": 2,
        "authorize for a resource": 2,
    }
