"""What third parties' applications may have of people: what they may ask for and people grant."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

import organization_parts
import sign_in_parts
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members, relations, roles
from carteiro.storage.sign_in import grants
from organization_parts import API, INSIDE, ORGANIZATIONS, T, allow
from sign_in_parts import Browser, error_of, query_of

CONSENT = "/api/interaction/consent"
ALL = f"openid offline_access email invite pay read write drop {ORGANIZATIONS}"
RESOURCE = {"id": "api", "name": "Api", "indicator": API}


@pytest.fixture
async def member(someone: Browser) -> Browser:
    """Ann, who belongs to organizations; ``theirs`` is an application of somebody else's."""
    await organization_parts.furnish(someone.world)
    await sign_in_parts.make_client(someone.world, "theirs", third_party=True)
    return someone


async def asked(member: Browser, **changes: Any) -> Any:
    """Ann has signed in and is asked to let the application in: what the page shows."""
    given = {"scope": ALL, "resource": [API, INSIDE], **changes}
    await member.ask(client_id="theirs", **given)
    await member.get(await member.submit())
    shown = await member.get(CONSENT)
    assert shown.status_code == 200, shown.text
    return shown.json()


async def agree(member: Browser, *organization_ids: str) -> httpx.Response:
    return await member.http.post(CONSENT, json={"organizationIds": list(organization_ids)})


async def tokens(member: Browser, given: httpx.Response) -> dict[str, Any]:
    assert given.status_code == 200, given.text
    code = query_of(await member.get(given.json()["redirectTo"]))["code"]
    body: dict[str, Any] = (await member.exchange(code, client_id="theirs")).json()
    return body


def shown_scopes(*names: str) -> dict[str, Any]:
    scopes = [{"id": name, "name": name, "description": f"to {name}"} for name in names]
    return {"resource": RESOURCE, "scopes": scopes}


@pytest.mark.parametrize(
    ("allowed", "scope", "refused"),
    [
        ([], "openid offline_access nonsense", None),
        ([], "openid email", "email"),
        (["email"], "openid email", None),
        (["email"], "openid phone email roles", "phone roles"),
        (["email"], f"openid {ORGANIZATIONS}", ORGANIZATIONS),
        (["email", ORGANIZATIONS], f"openid {ORGANIZATIONS}", None),
    ],
    ids=str,
)
async def test_a_third_partys_application_asks_people_for_what_it_may(
    member: Browser, allowed: list[str], scope: str, refused: str | None
) -> None:
    await allow(member.world, "theirs", user=allowed)
    await member.code()
    answer = await member.ask(client_id="theirs", scope=scope)

    where = answer.headers["location"]
    assert where.startswith("/consent") is (refused is None)
    assert ("error=invalid_scope" in where) is (refused is not None)


@pytest.mark.parametrize(
    ("allowed", "scope"),
    [
        ({}, ""),
        ({"resource": ["read"]}, "read"),
        ({"resource_inside": ["drop", "write"]}, "write drop"),
        ({"resource": ["read"], "resource_inside": ["read", "drop"]}, "read drop"),
    ],
    ids=str,
)
async def test_it_has_of_a_resource_what_it_may_ask_for(
    member: Browser, allowed: dict[str, list[str]], scope: str
) -> None:
    await allow(member.world, "theirs", **allowed)
    await asked(member, scope="openid offline_access read write drop", resource=API)
    body = await tokens(member, await agree(member))
    token = (await member.refresh(body["refresh_token"], "theirs", resource=API)).json()

    assert (await member.claims(token["access_token"]))["scope"] == token["scope"] == scope


async def test_what_it_may_ask_for_no_more_it_does_not_get(member: Browser) -> None:
    await allow(member.world, "theirs", resource=["read"])
    await asked(member, scope="openid offline_access read", resource=API)
    body = await tokens(member, await agree(member))
    parent = {"application_id": "theirs"}
    await member.world.database.write(
        lambda tx: relations.remove(tx, relations.CONSENT_RESOURCE_SCOPES, T, parent, "read")
    )
    token = (await member.refresh(body["refresh_token"], "theirs", resource=API)).json()

    assert token["scope"] == ""


async def test_somebody_is_shown_all_that_an_application_would_get(member: Browser) -> None:
    await allow(
        member.world,
        "theirs",
        user=["email", ORGANIZATIONS],
        resource=["read"],
        resource_inside=["write"],
        inside=["invite"],
    )
    shown = await asked(member)

    assert shown["missingOIDCScope"] == ["email", ORGANIZATIONS]
    assert shown["organizations"] == [
        {"id": "one", "name": "One", "missingResourceScopes": [shown_scopes("write")]},
        {"id": "strict", "name": "Strict", "missingResourceScopes": []},
        {"id": "two", "name": "Two", "missingResourceScopes": []},
    ]
    assert shown["missingResourceScopes"] == [
        shown_scopes("read"),
        {
            "resource": {"id": INSIDE, "name": INSIDE, "indicator": INSIDE},
            "scopes": [{"id": "invite", "name": "invite", "description": None}],
        },
    ]


async def test_without_organizations_what_roles_in_them_give_is_shown_beside_the_rest(
    member: Browser,
) -> None:
    await allow(member.world, "theirs", resource=["read"], resource_inside=["write", "drop"])
    shown = await asked(member, scope="openid read write drop", resource=API)

    assert shown["organizations"] == []
    assert shown["missingResourceScopes"] == [shown_scopes("drop", "read", "write")]


async def test_what_ones_own_roles_give_too_is_shown_in_both_places(member: Browser) -> None:
    await member.world.database.write(lambda tx: roles.add_scope(tx, T, "reader", "write"))
    await allow(member.world, "theirs", user=[ORGANIZATIONS], resource_inside=["write"])
    shown = await asked(member, scope=f"openid write {ORGANIZATIONS}", resource=API)

    inside = {one["id"]: one["missingResourceScopes"] for one in shown["organizations"]}
    assert inside == {"one": [shown_scopes("write")], "two": [], "strict": []}
    assert shown["missingResourceScopes"] == [shown_scopes("write")]


async def test_what_was_granted_is_not_asked_again(member: Browser) -> None:
    await allow(
        member.world, "theirs", user=["email", ORGANIZATIONS], resource=["read"], inside=["invite"]
    )
    await asked(member)
    await tokens(member, await agree(member))
    await allow(member.world, "theirs", resource_inside=["drop"])
    again = await member.ask(client_id="theirs", scope=ALL, resource=[API, INSIDE], prompt=None)
    shown = (await member.get(CONSENT)).json()

    assert again.headers["location"].startswith("/consent")
    assert (shown["missingOIDCScope"], shown["organizations"]) == ([], [])
    assert shown["missingResourceScopes"] == [shown_scopes("drop")]


async def let_into(member: Browser) -> set[str]:
    """The organizations that Ann let the application into."""
    pair = {"application_id": "theirs", "user_id": "ann"}
    held = await member.world.database.read(
        lambda tx: relations.held(tx, relations.CONSENT_ORGANIZATIONS, T, pair)
    )
    return set(held)


async def test_an_organizations_token_is_for_those_that_the_person_let_it_into(
    member: Browser,
) -> None:
    await allow(member.world, "theirs", user=[ORGANIZATIONS], inside=["invite"])
    await asked(member, scope=f"openid offline_access invite pay {ORGANIZATIONS}", resource=INSIDE)
    body = await tokens(member, await agree(member, "one", "one"))
    inside = await member.refresh(body["refresh_token"], "theirs", organization_id="one")
    outside = await member.refresh(body["refresh_token"], "theirs", organization_id="two")

    claims = await member.claims(inside.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == ("urn:logto:organization:one", "invite")
    description = "organization access is not granted to the application"
    assert error_of(outside) == (403, "access_denied", description)
    assert await let_into(member) == {"one"}


async def test_a_scope_of_a_resource_is_none_of_an_organization_for_a_third_party(
    member: Browser,
) -> None:
    async def same_name(tx: Transaction) -> None:
        await tx.run(
            "organization_scopes.update", tenant_id=T, id="pay", name="write", description=None
        )

    await member.world.database.write(same_name)
    await allow(member.world, "theirs", user=[ORGANIZATIONS], resource_inside=["write"])
    scope = f"openid offline_access write {ORGANIZATIONS}"
    await asked(member, scope=scope, resource=[API, INSIDE])
    body = await tokens(member, await agree(member, "one"))
    inside = await member.refresh(body["refresh_token"], "theirs", organization_id="one")
    own = await member.tokens(scope=scope, resource=[API, INSIDE])
    first_party = await member.refresh(own["refresh_token"], organization_id="one")

    assert inside.json()["scope"] == ""
    assert first_party.json()["scope"] == "write"


async def test_organizations_of_before_stay(member: Browser) -> None:
    await allow(member.world, "theirs", user=[ORGANIZATIONS])
    for chosen in ("one", "two"):
        await asked(member, scope=f"openid {ORGANIZATIONS}", resource=None)
        await tokens(member, await agree(member, chosen))

    assert await let_into(member) == {"one", "two"}


@pytest.mark.parametrize("strange", ["else", "nowhere", "x" * 100])
async def test_nothing_is_given_where_somebody_does_not_belong(
    member: Browser, strange: str
) -> None:
    await asked(member, scope="openid", resource=None)
    refused = await agree(member, "one", strange)

    assert refused.status_code == 422
    assert refused.json()["code"] == "organization.require_membership"
    assert await let_into(member) == set()
    now = member.world.clock.now()
    held = await member.world.database.read(
        lambda tx: grants.of_account(tx, T, "ann", now=now, most=9)
    )
    assert held == []
    assert (await agree(member, "one")).status_code == 200, "the person can answer again"


async def test_an_answer_that_comes_at_once_twice_counts_once(member: Browser) -> None:
    await asked(member, scope="openid", resource=None)
    answers = await asyncio.gather(agree(member, "one"), agree(member, "two"))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert await let_into(member) == {"one", "two"}
    where = answers[0].json()["redirectTo"]
    went = await asyncio.gather(member.get(where), member.get(where))
    assert sorted(answer.status_code for answer in went) == [303, 400]


async def test_who_leaves_while_they_agree_has_agreed_to_nothing_there(member: Browser) -> None:
    await asked(member, scope="openid", resource=None)
    left = member.world.database.write(lambda tx: members.remove(tx, T, "one", "ann"))
    answer, _ = await asyncio.gather(agree(member, "one"), left)

    assert answer.status_code in {200, 422}
    assert await let_into(member) == set()


async def test_the_tenants_own_applications_keep_no_list_of_organizations(member: Browser) -> None:
    await member.ask(client_id="app", scope="openid")
    await member.get(await member.submit())
    answer = await agree(member, "else")
    pair = {"application_id": "app", "user_id": "ann"}

    assert answer.status_code == 200
    held = await member.world.database.read(
        lambda tx: relations.held(tx, relations.CONSENT_ORGANIZATIONS, T, pair)
    )
    assert held == []


@pytest.mark.parametrize("strange", ["a\0b", "a\ud800b", "'", '"', "\\u0000", "é" * 128])
async def test_no_id_of_an_organization_is_read_as_anything_else(
    member: Browser, strange: str
) -> None:
    await asked(member, scope="openid", resource=None)
    content = json.dumps({"organizationIds": [strange]})
    headers = {"Content-Type": "application/json"}
    answer = await member.http.post(CONSENT, content=content, headers=headers)

    assert answer.status_code in {400, 422}, answer.text
    assert await let_into(member) == set()
