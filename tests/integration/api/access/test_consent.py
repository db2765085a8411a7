"""What third-party applications may ask for, and where people let them in (organization RBAC §8)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from access_parts import (
    BODY,
    CREATED,
    DONE,
    NOT_FOUND,
    NOT_THERE,
    OUTSIDE,
    call,
    go,
    things,
)

SCOPES = "/applications/<other>/user-consent-scopes"
ORGANIZATIONS = "/applications/<other>/users/<ana>/consent-organizations"
NOT_THEIRS = (422, "application.third_party_application_only")
NOT_FOUND_SCOPES = (422, "application.user_consent_scopes_not_found")
MANAGING = (422, "application.consent_management_api_scopes_not_allowed")
NOTHING: dict[str, list[Any]] = {
    "organizationScopes": [],
    "resourceScopes": [],
    "organizationResourceScopes": [],
    "userScopes": [],
}


async def test_what_may_be_asked_for_is_added_by_kind(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await go(
        client,
        ids,
        [
            ("POST", SCOPES, {}, CREATED),
            (
                "POST",
                SCOPES,
                {
                    "organizationScopes": ["<pay>"],
                    "resourceScopes": ["<read>", "<write>"],
                    "organizationResourceScopes": ["<read>"],
                    "userScopes": ["email", "urn:logto:scope:organizations"],
                },
                CREATED,
            ),
            ("POST", SCOPES, {"userScopes": ["email", "email"], "resourceScopes": []}, CREATED),
        ],
    )

    shown = (await call(client, ids, "GET", SCOPES)).json()

    api = {"id": ids["api"], "name": "API", "indicator": "https://api.example.com"}
    scopes = {
        name: {"id": ids[name], "name": name, "description": None}
        for name in ("read", "write", "pay")
    }
    (asked,) = shown["resourceScopes"]
    assert asked["resource"] == api
    assert sorted(asked["scopes"], key=lambda row: row["name"]) == [scopes["read"], scopes["write"]]
    assert shown["organizationResourceScopes"] == [{"resource": api, "scopes": [scopes["read"]]}]
    assert shown["organizationScopes"] == [scopes["pay"]]
    assert shown["userScopes"] == ["email", "urn:logto:scope:organizations"]


async def test_what_cannot_be_asked_for_is_refused_and_adds_nothing(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    unknown = {
        "organizationScopes": ["<read>", "<pay>"],
        "resourceScopes": ["<pay>", "<pay>"],
        "organizationResourceScopes": ["nothing"],
        "userScopes": ["email"],
    }
    managing = "management-api-all"
    await go(
        client,
        ids,
        [
            ("POST", "/applications/nothing/user-consent-scopes", {"userScopes": ["x"]}, BODY),
            ("POST", SCOPES, {"userScopes": ["openid"]}, BODY),
            ("POST", SCOPES, {"resourceScopes": "<read>"}, BODY),
            ("POST", SCOPES, {"userScopes": None}, BODY),
            ("GET", "/applications/nothing/user-consent-scopes", None, NOT_THERE),
            ("POST", "/applications/nothing/user-consent-scopes", {}, NOT_THERE),
            ("POST", "/applications/<spa>/user-consent-scopes", unknown, NOT_THEIRS),
            ("POST", SCOPES, unknown, NOT_FOUND_SCOPES),
            ("POST", SCOPES, {"resourceScopes": [managing, "nothing"]}, NOT_FOUND_SCOPES),
            ("POST", SCOPES, {"userScopes": ["email"], "resourceScopes": [managing]}, MANAGING),
            ("POST", SCOPES, {"organizationResourceScopes": ["m-logs-read"]}, MANAGING),
        ],
    )

    refused = (await call(client, ids, "POST", SCOPES, unknown)).json()

    assert refused["data"] == {
        "invalidOrganizationScopes": [ids["read"]],
        "invalidResourceScopes": [ids["pay"]],
        "invalidOrganizationResourceScopes": ["nothing"],
    }
    for application in ("<other>", "<spa>"):
        path = f"/applications/{application}/user-consent-scopes"
        assert (await call(client, ids, "GET", path)).json() == NOTHING


async def test_a_scope_is_asked_for_no_more(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    given = {
        "organizationScopes": ["<pay>"],
        "resourceScopes": ["<read>"],
        "organizationResourceScopes": ["<write>"],
        "userScopes": ["urn:logto:scope:sessions"],
    }
    await go(
        client,
        ids,
        [
            ("POST", SCOPES, given, CREATED),
            ("DELETE", "/applications/nothing/user-consent-scopes/scopes/<pay>", None, BODY),
            (
                "DELETE",
                "/applications/nothing/user-consent-scopes/user-scopes/email",
                None,
                NOT_THERE,
            ),
            ("DELETE", "/applications/<spa>/user-consent-scopes/user-scopes/x", None, NOT_FOUND),
            ("DELETE", f"{SCOPES}/resource-scopes/<write>", None, NOT_FOUND),
            ("DELETE", f"{SCOPES}/organization-resource-scopes/<read>", None, NOT_FOUND),
            ("DELETE", f"{SCOPES}/organization-scopes/<pay>", None, DONE),
            ("DELETE", f"{SCOPES}/resource-scopes/<read>", None, DONE),
            ("DELETE", f"{SCOPES}/organization-resource-scopes/<write>", None, DONE),
            ("DELETE", f"{SCOPES}/user-scopes/urn:logto:scope:sessions", None, DONE),
            ("DELETE", f"{SCOPES}/user-scopes/urn:logto:scope:sessions", None, NOT_FOUND),
        ],
    )

    assert (await call(client, ids, "GET", SCOPES)).json() == NOTHING


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/applications/nothing/users/nobody/consent-organizations", NOT_THERE),
        ("/applications/<spa>/users/nobody/consent-organizations", NOT_THEIRS),
        ("/applications/<other>/users/nobody/consent-organizations", NOT_FOUND),
    ],
    ids=["application", "own application", "person"],
)
async def test_where_nobody_is_asked_neither_page_nor_body_is_looked_at(
    client: httpx.AsyncClient, path: str, expected: tuple[int, str]
) -> None:
    ids = await things(client)

    await go(
        client,
        ids,
        [
            ("GET", f"{path}?page=0", None, expected),
            ("POST", path, {"organizationIds": 5}, expected),
            ("PUT", path, {}, expected),
            ("DELETE", f"{path}/<org>", None, expected),
        ],
    )


async def test_somebody_lets_an_application_into_organizations_of_theirs(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    names = "organizationIds"
    await call(client, ids, "POST", "/organizations/<empty>/users", {"userIds": ["<ana>"]})
    foreign = await client.post("/api/organizations", json={"name": "Foreign"})
    ids["foreign"] = foreign.json()["id"]
    await go(
        client,
        ids,
        [
            ("GET", f"{ORGANIZATIONS}?page=0", None, (400, "guard.invalid_pagination")),
            ("POST", ORGANIZATIONS, {}, BODY),
            ("POST", ORGANIZATIONS, {names: []}, BODY),
            ("PUT", ORGANIZATIONS, {names: [""]}, BODY),
            ("POST", ORGANIZATIONS, {names: ["<org>", "<foreign>"]}, OUTSIDE),
            ("POST", ORGANIZATIONS, {names: ["<org>", "nothing"]}, OUTSIDE),
            ("PUT", ORGANIZATIONS, {names: ["<org>", "<foreign>"]}, OUTSIDE),
            ("DELETE", f"{ORGANIZATIONS}/<org>", None, NOT_FOUND),
        ],
    )
    assert await let_in(client, ids) == set()

    await go(
        client,
        ids,
        [
            ("POST", ORGANIZATIONS, {names: ["<org>", "<org>"]}, CREATED),
            ("POST", ORGANIZATIONS, {names: ["<empty>", "<org>"]}, CREATED),
        ],
    )
    assert await let_in(client, ids) == {"Org", "Empty"}
    page = await call(client, ids, "GET", f"{ORGANIZATIONS}?page_size=1")
    assert (len(page.json()["organizations"]), page.headers["Total-Number"]) == (1, "2")
    await go(client, ids, [("PUT", ORGANIZATIONS, {names: ["<empty>", "<empty>"]}, DONE)])
    assert await let_in(client, ids) == {"Empty"}
    await go(
        client,
        ids,
        [
            ("DELETE", f"{ORGANIZATIONS}/<empty>", None, DONE),
            ("POST", ORGANIZATIONS, {names: ["<org>"]}, CREATED),
            ("PUT", ORGANIZATIONS, {names: []}, DONE),
        ],
    )
    assert await let_in(client, ids) == set()


async def let_in(client: httpx.AsyncClient, ids: dict[str, str]) -> set[str]:
    answer = (await call(client, ids, "GET", ORGANIZATIONS)).json()
    assert set(answer) == {"organizations"}
    return {row["name"] for row in answer["organizations"]}


async def test_consent_ends_with_the_membership(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await go(
        client,
        ids,
        [
            ("POST", ORGANIZATIONS, {"organizationIds": ["<org>"]}, CREATED),
            ("DELETE", "/organizations/<org>/users/<ana>", None, DONE),
        ],
    )
    await call(client, ids, "POST", "/organizations/<org>/users", {"userIds": ["<ana>"]})

    assert await let_in(client, ids) == set()
