"""What tokens and userinfo say of somebody, scope by scope."""

from __future__ import annotations

from typing import Any

import pytest

import sign_in_parts
from carteiro.flows.administer.tenant.settings import put_id_token_config
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import members, organization_roles, organizations, roles
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.people.roles import Owner, RoleRow
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow
from sign_in_parts import Browser, error_of

T = "default"
API = "https://api.test"
EXTENDED = "custom_data identities roles"
_MAY = Statement.of(
    "test.may",
    "INSERT INTO organization_role_resource_scopes (tenant_id, organization_role_id, scope_id) "
    "VALUES (:tenant_id, :role_id, :scope_id)",
)
ORGANIZATIONS = "urn:logto:scope:organizations urn:logto:scope:organization_roles"


@pytest.fixture
async def known(someone: Browser) -> Browser:
    """Bob, of whom everything is known."""

    async def work(tx: Transaction) -> None:
        values = {"tenant_id": T, "created_at": 0}
        await roles.create(
            tx, RoleRow(id="r", name="writer", description="w", type="User", **values)
        )
        await roles.give(tx, T, Owner.USER, "bob", "r")
        for name in ("one", "two"):
            row = OrganizationRow(id=name, name=name.title(), description=f"d {name}", **values)
            await organizations.create(tx, row)
            await members.add(tx, T, name, "bob", now=0)
        role = OrganizationRoleRow(
            tenant_id=T, id="o", name="editor", description=None, type="User"
        )
        await organization_roles.create(tx, role)
        await members.give_role(tx, T, "two", "bob", "o")
        await resources.create(
            tx, ResourceRow(id="api", name="a", indicator=API, access_token_ttl=60, **values)
        )
        for name in ("read", "write", "drop"):
            await resources.create_scope(
                tx, ScopeRow(id=name, resource_id="api", name=name, description=None, **values)
            )
        await roles.add_scope(tx, T, "r", "read")
        await tx.all(_MAY, tenant_id=T, role_id="o", scope_id="write")

    await sign_in_parts.make_person(
        someone.world,
        "bob",
        primary_phone="15550100",
        avatar="https://a.test/b.png",
        profile='{"givenName": "Bob", "preferredUsername": "bobby", "address": {"locality": "X"}}',
        custom_data='{"theme": "dark"}',
        identities='{"github": {"userId": "7"}}',
    )
    await someone.world.database.write(work)
    someone.person = "bob"
    return someone


async def told(someone: Browser, scope: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the id token says for a scope, and what userinfo does."""
    body = await someone.tokens(scope=f"openid {scope}")
    claims = await someone.claims(body["id_token"])
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    info = (await someone.http.get("/oidc/me", headers=headers)).json()
    standard = {"iss", "aud", "iat", "exp"}
    return {name: value for name, value in claims.items() if name not in standard}, info


async def test_base_scopes_say_the_same_in_both(known: Browser) -> None:
    claims, info = await told(known, "profile email phone address")

    assert (
        claims
        == info
        == {
            "sub": "bob",
            "name": "Bob",
            "given_name": "Bob",
            "preferred_username": "bobby",
            "picture": "https://a.test/b.png",
            "username": "bob",
            "created_at": 1000,
            "updated_at": 2000,
            "email": "bob@example.com",
            "email_verified": True,
            "phone_number": "15550100",
            "phone_number_verified": True,
            "address": {"locality": "X"},
        }
    )


async def test_what_is_not_asked_for_is_not_said(known: Browser) -> None:
    assert await told(known, "") == ({"sub": "bob"}, {"sub": "bob"})


async def test_what_is_not_known_is_not_said(someone: Browser) -> None:
    await sign_in_parts.make_person(someone.world, "eve", primary_email=None, username=None)
    someone.person = "eve"
    claims, _ = await told(someone, "profile email phone address")

    assert claims == {
        "sub": "eve",
        "name": "Eve",
        "picture": None,
        "username": None,
        "created_at": 1000,
        "updated_at": 2000,
        "email_verified": False,
        "phone_number_verified": False,
    }


async def test_extended_claims_are_in_the_token_as_the_tenant_says(known: Browser) -> None:
    usual, info = await told(known, f"{EXTENDED} {ORGANIZATIONS}")
    await put_id_token_config(known.world, T, {"enabledExtendedClaims": ["custom_data"]})
    chosen, _ = await told(known, f"{EXTENDED} {ORGANIZATIONS}")

    by_default = {
        "sub": "bob",
        "roles": ["writer"],
        "organizations": ["one", "two"],
        "organization_roles": ["two:editor"],
    }
    assert usual == by_default
    assert chosen == {"sub": "bob", "custom_data": {"theme": "dark"}}
    assert info == {
        **by_default,
        "custom_data": {"theme": "dark"},
        "identities": {"github": {"userId": "7"}},
        "sso_identities": [],
        "organization_data": [
            {"id": "one", "name": "One", "description": "d one"},
            {"id": "two", "name": "Two", "description": "d two"},
        ],
    }


async def test_a_resources_token_says_what_roles_give_of_what_is_asked(known: Browser) -> None:
    body = await known.tokens(
        scope="openid offline_access write drop read", resource=[f"{API},{API}"]
    )
    token = await known.refresh(body["refresh_token"], resource=API)
    claims = await known.claims(token.json()["access_token"])

    assert token.json()["scope"] == claims["scope"] == "write read"
    assert (claims["aud"], claims["sub"], claims["client_id"]) == (API, "bob", "app")
    assert claims["exp"] - claims["iat"] == token.json()["expires_in"] == 60
    inside = await known.refresh(body["refresh_token"], resource=API, organization_id="one")
    assert error_of(inside)[:2] == (403, "insufficient_scope")
    strange = await known.refresh(body["refresh_token"], resource="https://else.test")
    assert error_of(strange)[:2] == (400, "invalid_target")


async def test_a_role_that_is_lost_is_missed_at_once(known: Browser) -> None:
    body = await known.tokens(scope="openid offline_access read", resource=API)
    await known.world.database.write(lambda tx: roles.take(tx, T, Owner.USER, "bob", "r"))
    token = await known.refresh(body["refresh_token"], resource=API)

    claims = await known.claims(token.json()["access_token"])
    assert claims["scope"] == token.json()["scope"] == ""


async def test_a_request_without_openid_is_for_its_one_resource(known: Browser) -> None:
    body = await known.tokens(scope="read", resource=API)

    assert (await known.claims(body["access_token"]))["aud"] == API
    assert "id_token" not in body


async def test_an_unknown_resource_is_refused_at_the_beginning(known: Browser) -> None:
    await known.code()
    answer = await known.ask(resource="https://else.test")

    assert "error=invalid_target" in answer.headers["location"]


@pytest.mark.parametrize(
    ("organization_id", "refused"),
    [
        ("else", (403, "access_denied", "user is not a member of the organization")),
        (
            "strict",
            (403, "access_denied", "organization requires MFA but user has no MFA configured"),
        ),
    ],
)
async def test_an_organizations_token_is_for_its_members(
    known: Browser, organization_id: str, refused: tuple[int, str, str]
) -> None:
    async def work(tx: Transaction) -> None:
        row = OrganizationRow(
            tenant_id=T, id="strict", name="S", is_mfa_required=True, created_at=0
        )
        await organizations.create(tx, row)
        await members.add(tx, T, "strict", "bob", now=0)

    await known.world.database.write(work)
    body = await known.tokens(scope=f"openid offline_access {ORGANIZATIONS}")
    answer = await known.refresh(body["refresh_token"], organization_id=organization_id)

    assert error_of(answer) == refused


async def test_an_organizations_token_names_it_in_its_audience(known: Browser) -> None:
    body = await known.tokens(
        scope=f"openid offline_access read write {ORGANIZATIONS}", resource=API
    )
    token = body["refresh_token"]
    inside = (await known.refresh(token, organization_id="one")).json()
    both = (await known.refresh(token, organization_id="one", resource=API)).json()
    other = (await known.refresh(token, organization_id="two", resource=API)).json()

    first = await known.claims(inside["access_token"])
    second = await known.claims(both["access_token"])
    assert (first["aud"], "organization_id" in first) == ("urn:logto:organization:one", False)
    assert inside["expires_in"] == 3600
    assert (second["aud"], second["organization_id"], second["scope"]) == (API, "one", "read")
    assert other["scope"] == "read write"


@pytest.mark.parametrize(
    ("headers", "form", "refused"),
    [
        ({}, {}, (400, "invalid_request", "no access token provided")),
        (
            {"Authorization": "Basic x"},
            {},
            (400, "invalid_request", "invalid authorization header value format"),
        ),
        ({"Authorization": "Bearer x"}, {}, (401, "invalid_token", "invalid token provided")),
        (
            {"Authorization": "Bearer x"},
            {"access_token": "y"},
            (400, "invalid_request", "access token must only be provided using one mechanism"),
        ),
    ],
)
async def test_userinfo_is_for_who_has_a_token(
    someone: Browser,
    headers: dict[str, str],
    form: dict[str, str],
    refused: tuple[int, str, str],
) -> None:
    answer = await someone.http.post("/oidc/me", data=form or None, headers=headers)

    assert error_of(answer) == refused


async def test_userinfo_reads_a_form_and_needs_openid(someone: Browser) -> None:
    body = await someone.tokens(scope="openid offline_access profile")
    posted = await someone.http.post("/oidc/me", data={"access_token": body["access_token"]})
    narrow = (await someone.refresh(body["refresh_token"], scope="profile")).json()
    headers = {"Authorization": f"Bearer {narrow['access_token']}"}
    refused = await someone.http.get("/oidc/me", headers=headers)
    signed = {"Authorization": f"Bearer {body['id_token']}"}

    assert posted.json()["sub"] == "ann"
    assert error_of(refused) == (403, "insufficient_scope", "access token missing openid scope")
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert error_of(await someone.http.get("/oidc/me", headers=signed))[0] == 401
