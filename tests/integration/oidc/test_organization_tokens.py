"""Tokens for an organization, and for a resource inside one (organizations and roles §11)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

import organization_parts
import sign_in_parts
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members, organization_scopes, relations, users
from organization_parts import API, INSIDE, ORGANIZATIONS, T, allow
from sign_in_parts import Browser, error_of

ALL = f"openid offline_access invite pay nonsense read write drop {ORGANIZATIONS}"
OUTSIDE = (403, "access_denied", "user is not a member of the organization")
NOT_GRANTED = (403, "access_denied", "organization access is not granted to the application")
NO_FACTOR = (403, "access_denied", "organization requires MFA but user has no MFA configured")
NO_SCOPE = (403, "insufficient_scope", "refresh token missing required scope")


@pytest.fixture
async def member(someone: Browser) -> Browser:
    """Ann, who belongs to organizations and has roles in them."""
    await organization_parts.furnish(someone.world)
    return someone


async def told(member: Browser, token: str, **form: Any) -> tuple[str, dict[str, Any]]:
    """The scope that is answered, and the claims, which say the same scope."""
    answer = await member.refresh(token, **form)
    assert answer.status_code == 200, answer.text
    claims = await member.claims(answer.json()["access_token"])
    assert claims["scope"] == answer.json()["scope"]
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"]
    return claims["scope"], claims


@pytest.mark.parametrize(
    ("organization_id", "form", "scope"),
    [
        ("one", {}, "invite pay"),
        ("two", {}, "invite"),
        ("one", {"scope": f"pay {ORGANIZATIONS}"}, "pay"),
        ("one", {"scope": "pay invite"}, "pay invite"),
        ("one", {"scope": "openid"}, ""),
        ("two", {"scope": "pay"}, ""),
    ],
    ids=str,
)
async def test_an_organizations_token_has_what_roles_give_there_of_what_is_asked(
    member: Browser, organization_id: str, form: dict[str, str], scope: str
) -> None:
    body = await member.tokens(scope=ALL, resource=[API, INSIDE])
    said, claims = await told(
        member, body["refresh_token"], organization_id=organization_id, **form
    )

    assert said == scope
    assert claims["aud"] == f"urn:logto:organization:{organization_id}"
    assert claims["exp"] - claims["iat"] == 3600
    assert "organization_id" not in claims


async def test_an_organizations_token_says_what_roles_give_now(member: Browser) -> None:
    body = await member.tokens(scope=ALL, resource=INSIDE)
    token = body["refresh_token"]
    before, _ = await told(member, token, organization_id="two")

    async def promote(tx: Transaction) -> None:
        await members.take_roles(tx, T, "two", "ann")
        await members.give_role(tx, T, "two", "ann", "clerk")
        await organization_scopes.delete(tx, T, "invite")

    await member.world.database.write(promote)
    after, _ = await told(member, token, organization_id="two")

    assert (before, after) == ("invite", "pay")


async def test_without_the_organizations_resource_a_token_names_no_scopes_of_theirs(
    member: Browser,
) -> None:
    body = await member.tokens(scope=ALL)
    said, claims = await told(member, body["refresh_token"], organization_id="one")

    assert (said, claims["aud"]) == ("", "urn:logto:organization:one")


async def test_what_an_earlier_request_was_granted_does_not_come_along(member: Browser) -> None:
    await member.tokens(scope=ALL, resource=[API, INSIDE])
    body = await member.tokens(scope=ALL)

    assert set(body["scope"].split()) == {"openid", "offline_access", ORGANIZATIONS}
    assert (await told(member, body["refresh_token"], organization_id="one"))[0] == ""


async def test_without_openid_the_organizations_resource_is_none_for_a_token(
    member: Browser,
) -> None:
    alone = await member.tokens(scope=f"offline_access invite {ORGANIZATIONS}", resource=INSIDE)
    beside = await member.tokens(scope="offline_access read invite", resource=[API, INSIDE])
    directly = await member.refresh(alone["refresh_token"], resource=INSIDE)

    assert "." not in alone["access_token"]
    assert (await member.claims(beside["access_token"]))["aud"] == API
    assert error_of(directly)[:2] == (400, "invalid_target")


@pytest.mark.parametrize(
    ("organization_id", "scope"),
    [("one", "read write"), ("two", "read drop"), (None, "read write drop")],
)
async def test_a_resources_token_has_what_roles_give_there_and_everywhere(
    member: Browser, organization_id: str | None, scope: str
) -> None:
    body = await member.tokens(scope=ALL, resource=[API, INSIDE])
    where = {} if organization_id is None else {"organization_id": organization_id}
    said, claims = await told(member, body["refresh_token"], resource=API, **where)

    assert said == scope
    assert (claims["aud"], claims.get("organization_id")) == (API, organization_id)
    assert claims["exp"] - claims["iat"] == 60


async def third_party(member: Browser, **changes: Any) -> str:
    """A third party's application that Ann has let in, and into no organization."""
    await sign_in_parts.make_client(member.world, "theirs", third_party=True)
    await allow(member.world, "theirs", user=[ORGANIZATIONS], inside=["invite"])
    return await let_in(member, **changes)


async def let_in(member: Browser, **changes: Any) -> str:
    given = {"scope": ALL, "resource": INSIDE, **changes}
    await member.ask(client_id="theirs", **given)
    await member.get(await member.submit())
    answer = await member.http.post("/api/interaction/consent", json={})
    code = sign_in_parts.query_of(await member.get(answer.json()["redirectTo"]))["code"]
    body = (await member.exchange(code, client_id="theirs")).json()
    return str(body["refresh_token"])


@pytest.mark.parametrize("resource", [None, API])
async def test_an_organization_is_refused_in_order_and_before_the_token_is_used(
    member: Browser, resource: str | None
) -> None:
    async def leave(tx: Transaction) -> None:
        await members.remove(tx, T, "strict", "ann")

    async def join(tx: Transaction) -> None:
        await members.add(tx, T, "strict", "ann", now=0)

    async def consent(tx: Transaction) -> None:
        pair = {"application_id": "theirs", "user_id": "ann"}
        await relations.add(tx, relations.CONSENT_ORGANIZATIONS, T, pair, ["strict"])

    async def factor(tx: Transaction) -> None:
        row = await users.lock(tx, T, "ann")
        assert row is not None
        await users.update(tx, replace(row, mfa_verifications=json.dumps([{"type": "Totp"}])))

    token = await third_party(member, scope="offline_access")
    seen = []
    await member.world.database.write(leave)
    for mend in (None, join, consent, factor):
        if mend is not None:
            await member.world.database.write(mend)
        form = {"organization_id": "strict", "resource": resource}
        seen.append(error_of(await member.refresh(token, "theirs", **form)))

    assert seen == [OUTSIDE, NOT_GRANTED, NO_FACTOR, NO_SCOPE]
    assert (await member.refresh(token, "theirs")).status_code == 200


@pytest.mark.parametrize("strange", ["a\0b", "a\ud800b", "'", '"', "\\u0000", "é" * 500])
@pytest.mark.parametrize("how", ["query", "form", "json"])
async def test_a_name_that_can_be_no_scopes_is_left_out_or_refused(
    member: Browser, how: str, strange: str
) -> None:
    scope = f"openid {strange} invite"
    asked = sign_in_parts.request(scope=scope, resource=INSIDE)
    await member.code()
    if how == "query":
        query = urlencode(asked, errors="surrogatepass")
        answer = await member.get(f"/oidc/auth?{query}")
    elif how == "form":
        content = urlencode(asked, errors="surrogatepass")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await member.http.post("/oidc/auth", content=content, headers=headers)
    else:
        headers = {"Content-Type": "application/json"}
        answer = await member.http.post("/oidc/auth", content=json.dumps(asked), headers=headers)

    assert answer.status_code < 500, answer.text
