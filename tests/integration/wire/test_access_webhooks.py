"""What webhooks tell of organizations' scopes, roles and machines (organization RBAC §10)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from access_parts import CREATED, DONE, SHOWN, Step, call, go, things
from carteiro.testing.http_sink import HttpSink
from carteiro.webhooks.events import EVENTS
from wire_parts import arrivals, told

MADE = (201, "")
ROLE = "/organization-roles/<member>"
ORGANIZATION = "/organizations/<org>/applications"


def about(body: dict[str, Any]) -> dict[str, Any]:
    """What differs from one webhook to another; not who asked and when."""
    same = {"hookId", "createdAt", "userAgent", "ip", "path", "method", "params"}
    return {name: value for name, value in body.items() if name not in same}


async def heard(client: httpx.AsyncClient, ids: dict[str, str], steps: list[Step]) -> list[Any]:
    """What a hook for everything is told of these steps, and of nothing after them."""
    async with HttpSink() as sink:
        await told(client, sink, *sorted(EVENTS))
        await go(client, ids, steps)
        last = await client.post("/api/organizations", json={"name": "the end"})
        bodies: list[dict[str, Any]] = []
        while not any(body.get("data", {}).get("id") == last.json()["id"] for body in bodies):
            bodies = await arrivals(sink, len(bodies) + 1)
    return [about(body) for body in bodies if body["event"] != "Organization.Created"]


async def test_a_scope_of_organizations_is_told_with_its_record(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    path = "/organization-scopes/<pay>"
    record = {"tenantId": "default", "id": ids["pay"], "name": "pay", "description": "d"}

    bodies = await heard(
        client,
        ids,
        [
            ("PATCH", path, {"description": "d"}, SHOWN),
            ("PATCH", path, {}, SHOWN),
            ("DELETE", path, None, DONE),
            ("POST", "/organization-scopes", {"name": "new"}, MADE),
        ],
    )
    by_event = {body["event"]: body for body in bodies}
    made = by_event.pop("OrganizationScope.Created")

    assert len(bodies) == 3
    assert made["matchedRoute"] == "/organization-scopes"
    assert (made["status"], made["data"]["name"]) == (201, "new")
    route = "/organization-scopes/:id"
    assert by_event == {
        "OrganizationScope.Data.Updated": {
            "event": "OrganizationScope.Data.Updated",
            "matchedRoute": route,
            "status": 200,
            "data": record,
        },
        "OrganizationScope.Deleted": {
            "event": "OrganizationScope.Deleted",
            "matchedRoute": route,
            "status": 204,
        },
    }


async def test_what_a_role_gives_inside_organizations_is_told_also_when_nothing_changes(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    pay = {"organizationScopeIds": ["<pay>"]}
    path = f"{ROLE}/scopes"

    bodies = await heard(
        client,
        ids,
        [
            ("POST", path, pay, CREATED),
            ("POST", path, pay, CREATED),
            ("PUT", path, pay, DONE),
            ("DELETE", f"{path}/<pay>", None, DONE),
            # Of these nobody is told.
            ("POST", f"{ROLE}/resource-scopes", {"scopeIds": ["<read>"]}, CREATED),
            ("PUT", f"{ROLE}/resource-scopes", {"scopeIds": []}, DONE),
        ],
    )

    route, event = "/organization-roles/:id/scopes", "OrganizationRole.Scopes.Updated"
    expected = [
        {"event": event, "matchedRoute": route, "status": 201},
        {"event": event, "matchedRoute": route, "status": 201},
        {"event": event, "matchedRoute": route, "status": 204},
        {"event": event, "matchedRoute": f"{route}/:organizationScopeId", "status": 204},
    ]
    assert sorted(bodies, key=str) == sorted(expected, key=str)


async def test_a_role_made_with_scopes_of_organizations_is_told_twice(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    body = {"name": "with scopes", "organizationScopeIds": ["<pay>"]}

    bodies = await heard(client, ids, [("POST", "/organization-roles", body, MADE)])

    (role,) = (await client.get("/api/organization-roles?q=with scopes")).json()
    plain = {name: role[name] for name in ("tenantId", "id", "name", "description", "type")}
    made = {"matchedRoute": "/organization-roles", "status": 201}
    assert sorted(bodies, key=lambda body: str(body["event"])) == [
        {"event": "OrganizationRole.Created", **made, "data": plain},
        {
            "event": "OrganizationRole.Scopes.Updated",
            **made,
            "organizationRoleId": role["id"],
        },
    ]


async def test_machines_that_come_and_go_are_told_as_members_are(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    bot, cron = {"applicationIds": ["<bot>"]}, {"applicationIds": ["<cron>"]}

    bodies = await heard(
        client,
        ids,
        [
            ("POST", ORGANIZATION, bot, CREATED),
            ("PUT", ORGANIZATION, cron, DONE),
            ("DELETE", f"{ORGANIZATION}/<cron>", None, DONE),
            # Roles are told to nobody.
            ("POST", ORGANIZATION, {"applicationIds": []}, (400, "guard.invalid_input")),
        ],
    )

    route = "/organizations/:id/applications"
    whose = {"event": "Organization.Membership.Updated", "organizationId": ids["org"]}
    expected = [
        {**whose, "matchedRoute": route, "status": 201},
        {
            **whose,
            "matchedRoute": route,
            "status": 204,
            "addedApplicationIds": [ids["cron"]],
            "removedApplicationIds": [ids["bot"]],
        },
        {
            **whose,
            "matchedRoute": f"{route}/:applicationId",
            "status": 204,
            "removedApplicationIds": [ids["cron"]],
        },
    ]
    assert sorted(bodies, key=str) == sorted(expected, key=str)


SILENT: list[Step] = [
    (
        "POST",
        "/organizations/<org>/applications/<bot>/roles",
        {"organizationRoleIds": ["<robot>"]},
        CREATED,
    ),
    (
        "POST",
        "/organizations/<org>/applications/roles",
        {"applicationIds": ["<bot>"], "organizationRoleIds": ["<robot>"]},
        CREATED,
    ),
    ("DELETE", "/organizations/<org>/applications/<bot>/roles/<robot>", None, DONE),
    ("POST", "/organizations/<org>/jit/roles", {"organizationRoleIds": ["<member>"]}, CREATED),
    ("POST", "/roles/<person_role>/users", {"userIds": ["<ana>"]}, CREATED),
    ("DELETE", "/roles/<person_role>/users/<ana>", None, DONE),
    ("POST", "/roles/<machine_role>/applications", {"applicationIds": ["<bot>"]}, CREATED),
    ("POST", "/applications/<other>/user-consent-scopes", {"userScopes": ["email"]}, CREATED),
    (
        "POST",
        "/applications/<other>/users/<ana>/consent-organizations",
        {"organizationIds": ["<org>"]},
        CREATED,
    ),
    ("PATCH", "/resources/<api>/is-default", {"isDefault": True}, SHOWN),
    ("PATCH", "/users/<ana>/password/expiration", {"isExpired": False}, SHOWN),
]


async def test_of_assignments_consent_and_settings_no_webhook_is_told(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)

    assert await heard(client, ids, SILENT) == []


@pytest.mark.parametrize(
    ("number", "key", "change"),
    [
        (0, "Organization.ApplicationRoles.Updated", {"organizationRoleIds": ["<robot>"]}),
        (3, "Organization.JitRoles.Updated", {"organizationRoleIds": ["<member>"]}),
        (4, "Role.Users.Updated", {"userIds": ["<ana>"]}),
        (6, "Role.Applications.Updated", {"applicationIds": ["<bot>"]}),
        (7, "Application.ConsentScopes.Updated", {"userScopes": ["email"]}),
        (8, "User.ConsentOrganizations.Updated", {"organizationIds": ["<org>"]}),
        (9, "Resource.Updated", {"isDefault": True}),
    ],
    ids=["machine", "jit", "people", "applications", "scopes", "organizations", "default"],
)
async def test_each_of_them_is_on_record_with_what_it_changed(
    client: httpx.AsyncClient, number: int, key: str, change: dict[str, Any]
) -> None:
    ids = await things(client)
    await go(client, ids, [SILENT[number]])

    (entry,) = (await client.get(f"/api/logs?logKey=Management.{key}")).json()

    expected = {
        name: [ids[one.strip("<>")] if one.startswith("<") else one for one in value]
        if isinstance(value, list)
        else value
        for name, value in change.items()
    }
    assert entry["payload"]["after"] == expected
    assert set(entry["payload"]["before"]) == set(expected)


async def test_a_role_that_is_replaced_is_on_record_on_both_sides(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    path = f"{ROLE}/scopes"
    await call(client, ids, "POST", path, {"organizationScopeIds": ["<pay>"]})
    await call(client, ids, "PUT", path, {"organizationScopeIds": ["<invite>"]})

    key = "Management.OrganizationRole.Scopes.Updated"
    newest = (await client.get(f"/api/logs?logKey={key}")).json()[0]["payload"]

    assert newest["before"] == {"organizationScopeIds": [ids["pay"]]}
    assert newest["after"] == {"organizationScopeIds": [ids["invite"]]}
    assert newest["target"] == {"organizationRoleId": ids["member"]}
