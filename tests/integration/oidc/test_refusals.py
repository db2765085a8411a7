"""What is wrong with a request: found before anybody signs in, and told where it may be."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import organization_parts
import sign_in_parts
from carteiro.flows.administer.people.users import suspend_user
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import relations
from carteiro.storage.tenancy import resources
from organization_parts import API, INSIDE, T
from sign_in_parts import SECRET, Browser, error_of, query_of, request

THEIRS = {"client_id": "theirs", "client_secret": SECRET}
EMAIL = {"client_id": "theirs", "scope": "openid email"}
ELSE = {"resource": "https://else.test"}


@pytest.fixture
async def member(someone: Browser) -> Browser:
    """Ann, with an API; ``theirs`` is an application of somebody else's that may ask nothing."""
    await organization_parts.furnish(someone.world)
    await sign_in_parts.make_client(someone.world, "theirs", third_party=True)
    return someone


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (EMAIL, "invalid_scope"),
        (ELSE, "invalid_target"),
        ({"resource": f"{API},https://else.test"}, "invalid_target"),
    ],
    ids=["scope", "resource", "one of two"],
)
async def test_what_there_is_not_is_refused_before_anybody_signs_in(
    member: Browser, changes: dict[str, Any], error: str
) -> None:
    for prompt in (None, "none", "login", "consent"):
        told = query_of(await member.ask(prompt=prompt, **changes))

        assert (told["error"], told["state"]) == (error, "st4te")


@pytest.mark.parametrize(
    ("changes", "error"), [(EMAIL, "invalid_scope"), (ELSE, "invalid_target")], ids=["scope", "api"]
)
async def test_a_request_for_what_there_is_not_is_not_kept(
    member: Browser, changes: dict[str, Any], error: str
) -> None:
    pushed = await member.http.post("/oidc/request", data={**request(**changes), **who(changes)})

    assert error_of(pushed)[:2] == (400, error)


async def test_what_there_is_asks_for_a_login(member: Browser) -> None:
    for changes in ({"resource": API}, {"resource": INSIDE}, {"client_id": "theirs"}):
        asked = await member.ask(scope="openid offline_access", **changes)

        assert asked.headers["location"].startswith("/sign-in")


async def test_what_goes_wrong_after_the_login_is_told_to_the_application(member: Browser) -> None:
    async def take_away(tx: Transaction) -> None:
        await resources.delete(tx, T, "api")
        await relations.remove(
            tx, relations.CONSENT_USER_SCOPES, T, {"application_id": "theirs"}, "email"
        )

    await allow_email(member)
    other = sign_in_parts.browser(member.world, member.http)
    await member.ask(**EMAIL)
    await other.ask(resource=API)
    await member.world.database.write(take_away)

    for browser, error in ((member, "invalid_scope"), (other, "invalid_target")):
        told = await browser.get(await browser.submit())
        assert (query_of(told)["error"], query_of(told)["state"]) == (error, "st4te")
        again = await browser.get(str(browser.steps[-1].request.url))
        assert again.json()["code"] == "session.not_found", "an answer is given once"
        # The person has signed in all the same.
        assert "/consent" in (await browser.ask(scope="openid")).headers["location"]
    await other.http.aclose()


async def allow_email(member: Browser) -> None:
    await member.world.database.write(
        lambda tx: relations.add(
            tx, relations.CONSENT_USER_SCOPES, T, {"application_id": "theirs"}, ["email"]
        )
    )


async def test_an_application_learns_of_nobody_that_they_are_suspended(someone: Browser) -> None:
    await someone.ask()
    where = await someone.submit()
    await suspend_user(someone.world, T, "ann", suspended=True)
    told = query_of(await someone.get(where))

    assert (told["error"], told["error_description"]) == (
        "invalid_grant",
        "grant request is invalid",
    )


async def test_a_request_without_an_application_lacks_a_parameter(someone: Browser) -> None:
    for client_id in (None, ""):
        refused = await someone.get("/oidc/auth", params={**request(), "client_id": client_id})

        assert error_of(refused) == (
            400,
            "invalid_request",
            "missing required parameter 'client_id'",
        )
    assert error_of(await someone.ask(client_id="nobody"))[:2] == (400, "invalid_client")


async def test_a_pushed_hint_is_the_one_that_counts(someone: Browser) -> None:
    await sign_in_parts.make_person(someone.world, "bob")
    hint = (await someone.tokens())["id_token"]
    other = sign_in_parts.browser(someone.world, someone.http, "bob")
    await other.code()

    strange = await pushed(other, prompt="none", id_token_hint=hint)
    same = await pushed(someone, prompt="none", id_token_hint=hint)
    assert query_of(await other.get(strange))["error"] == "login_required"
    assert "code" in query_of(await someone.get(same))
    beside = f"{await pushed(other, prompt='none')}&id_token_hint={hint}"
    assert "code" in query_of(await other.get(beside)), "what is not in the request is not in it"
    await other.http.aclose()


async def test_a_hint_that_cannot_be_verified_is_not_kept(someone: Browser) -> None:
    refused = await push(someone, id_token_hint="x.y.z")

    assert error_of(refused) == (400, "invalid_request", "could not validate id_token_hint")


async def push(browser: Browser, **changes: Any) -> httpx.Response:
    form = {**request(**changes), "client_secret": SECRET}
    return await browser.http.post("/oidc/request", data=form)


async def pushed(browser: Browser, **changes: Any) -> str:
    kept = await push(browser, **changes)
    assert kept.status_code == 201, kept.text
    return f"/oidc/auth?client_id=app&request_uri={kept.json()['request_uri']}"


def who(changes: dict[str, Any]) -> dict[str, str]:
    return {"client_id": changes.get("client_id", "app"), "client_secret": SECRET}
