"""Codes and refresh tokens: once, for whom they were made, and what happens when one comes again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import sign_in_parts
from carteiro.flows.administer.access.applications import delete_application
from carteiro.flows.administer.people.users import suspend_user
from carteiro.storage.people import users
from carteiro.storage.sign_in import grants
from carteiro.storage.tenancy import applications
from carteiro.testing.clock import FrozenClock
from sign_in_parts import BACK, SECRET, Browser, error_of, query_of

REFUSED = (400, "invalid_grant", "grant request is invalid")
DAY = 86_400


@pytest.mark.parametrize(
    "form",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": "v" * 42},
        {"redirect_uri": f"{BACK}/"},
        {"code": "x" * 43},
    ],
    ids=str,
)
async def test_a_code_is_good_for_its_own_request_only(
    someone: Browser, form: dict[str, str | None]
) -> None:
    code = await someone.code()

    assert error_of(await someone.exchange(code, form=form)) == REFUSED
    assert (await someone.exchange(code)).status_code == 200, "a stranger's try costs nothing"


async def test_a_code_without_a_challenge_takes_no_verifier(someone: Browser) -> None:
    code = await someone.code(code_challenge=None, code_challenge_method=None)

    assert error_of(await someone.exchange(code)) == REFUSED
    plain = await someone.exchange(code, form={"code_verifier": None})
    assert plain.status_code == 200


async def test_a_code_is_another_clients_to_nobody_else(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "other")
    code = await someone.code()

    assert error_of(await someone.exchange(code, client_id="other")) == REFUSED


async def test_a_code_lives_for_a_minute(someone: Browser, clock: FrozenClock) -> None:
    early, late = await someone.code(), await someone.code()
    clock.advance(59)
    assert (await someone.exchange(early)).status_code == 200
    clock.advance(1)

    assert error_of(await someone.exchange(late)) == REFUSED


async def test_a_code_that_comes_again_ends_what_it_gave(someone: Browser) -> None:
    code = await someone.code()
    first = (await someone.exchange(code)).json()
    again = await someone.exchange(code)

    assert error_of(again) == REFUSED
    assert error_of(await someone.refresh(first["refresh_token"])) == REFUSED
    told = await someone.http.get("/oidc/me", headers=bearer(first))
    assert error_of(told)[:2] == (401, "invalid_token")


async def test_of_codes_that_come_at_once_nothing_is_left(someone: Browser) -> None:
    code = await someone.code()
    answers = await asyncio.gather(*(someone.exchange(code) for _ in range(4)))

    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(good) <= 1
    for body in good:
        assert error_of(await someone.refresh(body["refresh_token"])) == REFUSED


async def test_a_browser_gets_a_new_refresh_token_that_ends_with_the_old(
    someone: Browser, clock: FrozenClock
) -> None:
    await public(someone)
    first = await someone.tokens(client_id="spa", form={"client_secret": None})
    clock.advance(10 * DAY)
    second = await renew(someone, first)
    clock.advance(4 * DAY - 1)
    third = await renew(someone, second)
    clock.advance(1)

    assert len({body["refresh_token"] for body in (first, second, third)}) == 3
    late = await someone.refresh(third["refresh_token"], "spa", client_secret=None)
    assert error_of(late) == REFUSED


async def test_a_replaced_token_works_for_three_seconds_more(
    someone: Browser, clock: FrozenClock
) -> None:
    await public(someone)
    first = await someone.tokens(client_id="spa", form={"client_secret": None})
    await renew(someone, first)
    clock.advance(3)
    second = await renew(someone, first)
    clock.advance(0, milliseconds=1)
    stolen = await someone.refresh(first["refresh_token"], "spa", client_secret=None)

    assert error_of(stolen) == REFUSED
    after = await someone.refresh(second["refresh_token"], "spa", client_secret=None)
    assert error_of(after) == REFUSED, "everything of the grant has ended"


async def test_refreshing_at_once_works_for_all(someone: Browser) -> None:
    await public(someone)
    first = await someone.tokens(client_id="spa", form={"client_secret": None})
    renewed = await asyncio.gather(*(renew(someone, first) for _ in range(5)))

    assert len({body["refresh_token"] for body in renewed}) == 5
    for body in renewed:
        await renew(someone, body)


async def test_a_client_with_a_secret_keeps_a_token_for_most_of_its_life(
    someone: Browser, clock: FrozenClock
) -> None:
    first = await someone.tokens()
    clock.advance(int(0.69 * 14 * DAY))
    kept = (await someone.refresh(first["refresh_token"])).json()["refresh_token"]
    clock.advance(int(0.02 * 14 * DAY))
    new = (await someone.refresh(first["refresh_token"])).json()["refresh_token"]
    clock.advance(13 * DAY)

    assert kept == first["refresh_token"] != new
    assert (await someone.refresh(new)).status_code == 200, "a life of its own"


async def test_a_client_that_does_not_rotate_keeps_its_token(someone: Browser) -> None:
    await public(someone, custom={"rotateRefreshToken": False})
    first = await someone.tokens(client_id="spa", form={"client_secret": None})

    assert (await renew(someone, first))["refresh_token"] == first["refresh_token"]


async def test_a_refresh_narrows_and_never_widens(someone: Browser) -> None:
    first = await someone.tokens(scope="openid offline_access profile email")
    token = first["refresh_token"]

    narrow = (await someone.refresh(token, scope="openid email")).json()
    bare = (await someone.refresh(token, scope="profile")).json()
    wide = await someone.refresh(token, scope="openid phone roles")
    claims = await someone.claims(narrow["id_token"])
    assert (narrow["scope"], "name" in claims, claims["email"]) == (
        "openid email",
        False,
        "ann@example.com",
    )
    assert ("id_token" in bare, bare["scope"]) == (False, "profile")
    assert error_of(wide) == (400, "invalid_scope", "refresh token missing requested scopes")
    assert wide.json()["scope"] == "phone roles"


async def test_somebody_who_is_suspended_gets_nothing_until_they_are_not(someone: Browser) -> None:
    await public(someone)
    first = await someone.tokens(client_id="spa", form={"client_secret": None})
    token = first["refresh_token"]
    await suspend_user(someone.world, "default", "ann", suspended=True)
    refused = await someone.refresh(token, "spa", client_secret=None)
    told = await someone.http.get("/oidc/me", headers=bearer(first))
    await suspend_user(someone.world, "default", "ann", suspended=False)

    assert error_of(refused) == REFUSED
    assert error_of(told)[:2] == (401, "invalid_token")
    # What outlives sessions has waited.
    assert (await someone.refresh(token, "spa", client_secret=None)).status_code == 200


async def test_who_is_suspended_is_signed_out_everywhere(someone: Browser) -> None:
    bound = await session_bound(someone)
    other = sign_in_parts.browser(someone.world, someone.http)
    elsewhere = await session_bound(other)
    await suspend_user(someone.world, "default", "ann", suspended=True)
    await suspend_user(someone.world, "default", "ann", suspended=False)

    for browser, body in ((someone, bound), (other, elsewhere)):
        told = await browser.http.get("/oidc/me", headers=bearer(body))
        assert error_of(told)[:2] == (401, "invalid_token")
        refused = await browser.refresh(body["refresh_token"], "bound", client_secret=None)
        assert error_of(refused) == REFUSED
        asked = await browser.ask(client_id="bound", prompt=None, scope="openid")
        assert asked.headers["location"] == "/sign-in?app_id=bound"
    grants_left = await someone.world.database.read(
        lambda tx: grants.of_account(tx, "default", "ann", now=someone.world.clock.now(), most=9)
    )
    assert grants_left == []
    await other.http.aclose()


async def session_bound(browser: Browser) -> dict[str, Any]:
    """Tokens that live as long as the browser's session."""
    known = await browser.world.database.read(lambda tx: applications.get(tx, "default", "bound"))
    if known is None:
        await sign_in_parts.make_client(
            browser.world, "bound", type="SPA", custom={"alwaysIssueRefreshToken": True}
        )
    return await browser.tokens(
        client_id="bound", scope="openid", prompt=None, form={"client_secret": None}
    )


async def test_an_application_that_is_gone_has_nothing_left(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "stays")
    kept = await someone.tokens(client_id="stays")
    body = await someone.tokens()
    await delete_application(someone.world, "default", "app")
    await sign_in_parts.make_client(someone.world, "app")

    told = await someone.http.get("/oidc/me", headers=bearer(body))
    assert error_of(told)[:2] == (401, "invalid_token")
    assert error_of(await someone.refresh(body["refresh_token"])) == REFUSED
    assert (await someone.refresh(kept["refresh_token"], "stays")).status_code == 200


async def test_nothing_is_left_of_somebody_who_is_gone(someone: Browser) -> None:
    first = await someone.tokens()
    await someone.world.database.write(lambda tx: users.delete(tx, "default", "ann"))

    assert error_of(await someone.refresh(first["refresh_token"])) == REFUSED
    begun = await someone.ask(prompt=None)
    assert begun.headers["location"] == "/sign-in?app_id=app"


async def test_offline_access_is_for_who_consents(someone: Browser) -> None:
    await someone.code()
    told = await someone.ask(prompt=None)
    body = (await someone.exchange(query_of(told)["code"])).json()

    assert body["scope"] == "openid profile"
    assert "refresh_token" not in body


@pytest.mark.parametrize(("kind", "given"), [("SPA", True), ("Native", False)])
async def test_an_application_may_always_have_a_refresh_token_but_for_native_ones(
    someone: Browser, kind: str, given: bool
) -> None:
    custom = {"alwaysIssueRefreshToken": True}
    await sign_in_parts.make_client(someone.world, "always", type=kind, custom=custom)
    body = await someone.tokens(
        client_id="always", scope="openid", prompt=None, form={"client_secret": None}
    )

    assert ("refresh_token" in body) is given


async def test_what_ends_with_the_session_ends_with_it(someone: Browser) -> None:
    custom = {"alwaysIssueRefreshToken": True}
    await sign_in_parts.make_client(someone.world, "always", custom=custom)
    bound = await someone.tokens(client_id="always", scope="openid", prompt=None)
    free = await someone.tokens()
    page = await someone.get("/oidc/session/end")
    await someone.sign_out(page)

    ended = await someone.refresh(bound["refresh_token"], "always")
    assert error_of(ended) == REFUSED
    assert error_of(await someone.http.get("/oidc/me", headers=bearer(bound)))[0] == 401
    assert (await someone.refresh(free["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"grant_type": "refresh_token"}, "missing required parameter 'refresh_token'"),
        ({"grant_type": "authorization_code"}, "missing required parameter 'code'"),
        (
            {"grant_type": "authorization_code", "code": "c"},
            "missing required parameter 'redirect_uri'",
        ),
        ({}, "missing required parameter 'grant_type'"),
    ],
    ids=str,
)
async def test_what_is_missing_is_named(
    someone: Browser, form: dict[str, str], refused: str
) -> None:
    assert error_of(await someone.token(form)) == (400, "invalid_request", refused)


async def test_a_refusal_says_where_more_is_written_unless_that_is_not_wanted(
    someone: Browser,
) -> None:
    form = {"client_id": "app", "client_secret": SECRET, "grant_type": "refresh_token"}
    form |= {"refresh_token": "x"}
    whole = (await someone.http.post("/oidc/token", data=form)).json()
    bare = (await someone.http.post("/oidc/token?parse_error=false", data=form)).json()

    assert whole == {
        "code": "oidc.invalid_grant",
        "message": "The grant is invalid.",
        "error_uri": "https://openid.sh/debug/invalid_grant",
        "error": "invalid_grant",
        "error_description": "grant request is invalid",
    }
    assert bare == {"error": "invalid_grant", "error_description": "grant request is invalid"}


async def test_a_refresh_token_is_its_clients_own(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "other")
    token = (await someone.tokens())["refresh_token"]

    assert error_of(await someone.refresh(token, "other")) == REFUSED
    assert (await someone.refresh(token)).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"resource": "https://else.test"},
        {"organization_id": "nobody"},
        {"scope": "openid everything"},
    ],
    ids=str,
)
async def test_a_refresh_that_is_refused_uses_nothing_up(
    someone: Browser, form: dict[str, str]
) -> None:
    await public(someone)
    first = await someone.tokens(client_id="spa", form={"client_secret": None})
    refused = await someone.refresh(first["refresh_token"], "spa", client_secret=None, **form)
    introspected = await someone.http.post(
        "/oidc/token/introspection", data={"client_id": "spa", "token": first["refresh_token"]}
    )

    assert refused.status_code in {400, 403}
    assert introspected.json()["active"] is True


async def test_a_grant_that_has_nothing_left_ends_with_the_session(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "second")
    await someone.code()
    await someone.code(client_id="second", prompt=None)
    await someone.sign_out(await someone.get("/oidc/session/end"))

    now = someone.world.clock.now()
    left = await someone.world.database.read(
        lambda tx: grants.of_account(tx, "default", "ann", now=now, most=9)
    )
    assert [grant.client_id for grant in left] == ["app"]


async def public(someone: Browser, **changes: Any) -> None:
    await sign_in_parts.make_client(someone.world, "spa", type="SPA", **changes)


async def renew(someone: Browser, body: dict[str, Any]) -> dict[str, Any]:
    answer = await someone.refresh(body["refresh_token"], "spa", client_secret=None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bearer(body: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {body['access_token']}"}
