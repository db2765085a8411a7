"""Machines in organizations, and the roles of members (organization RBAC §4, §5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from access_parts import (
    BODY,
    CHECK,
    CREATED,
    DONE,
    FOREIGN,
    NOT_FOUND,
    NOT_THERE,
    OUTSIDE,
    SHOWN,
    UNIQUE,
    call,
    go,
    things,
)
from wire_parts import made, said

PATH = "/organizations/<org>/applications"
ROLES = f"{PATH}/<bot>/roles"


async def test_machines_are_taken_in_replaced_and_let_go(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await go(
        client,
        ids,
        [
            ("POST", PATH, {}, BODY),
            ("POST", PATH, {"applicationIds": []}, BODY),
            ("POST", PATH, {"applicationIds": ["<cron>", "<spa>", "nothing"]}, CHECK),
            ("POST", "/organizations/nothing/applications", {"applicationIds": ["<spa>"]}, CHECK),
            ("POST", PATH, {"applicationIds": ["<cron>", "nothing"]}, FOREIGN),
            ("POST", PATH, {"applicationIds": ["<cron>", "x" * 50]}, FOREIGN),
            ("POST", "/organizations/nothing/applications", {"applicationIds": ["<bot>"]}, FOREIGN),
            ("PUT", PATH, {"applicationIds": ["<cron>", "<spa>"]}, CHECK),
            ("PUT", PATH, {"applicationIds": ["<cron>", "nothing"]}, FOREIGN),
            ("PUT", PATH, {}, BODY),
            ("DELETE", f"{PATH}/<cron>", None, NOT_FOUND),
            ("DELETE", "/organizations/nothing/applications/<bot>", None, NOT_FOUND),
        ],
    )
    assert await names(client, ids) == ["Bot"]

    await go(
        client,
        ids,
        [
            ("POST", PATH, {"applicationIds": ["<bot>", "<cron>", "<cron>"]}, CREATED),
            ("PUT", PATH, {"applicationIds": ["<cron>", "<cron>"]}, DONE),
        ],
    )
    assert await names(client, ids) == ["Cron"]
    await go(client, ids, [("DELETE", f"{PATH}/<cron>", None, DONE)])
    assert await names(client, ids) == []


async def names(client: httpx.AsyncClient, ids: dict[str, str], query: str = "") -> list[str]:
    rows = (await call(client, ids, "GET", f"{PATH}?{query}")).json()
    return sorted(row["name"] for row in rows)


async def test_machines_are_searched_and_shown_with_their_roles(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await client.patch(f"/api/applications/{ids['cron']}", json={"description": "At 50% of hours"})
    await go(
        client,
        ids,
        [
            ("POST", PATH, {"applicationIds": ["<cron>"]}, CREATED),
            ("POST", ROLES, {"organizationRoleIds": ["<robot>", "<crawler>"]}, CREATED),
        ],
    )

    listed = await call(client, ids, "GET", f"{PATH}?q=bot")
    page = await call(client, ids, "GET", f"{PATH}?page_size=1")
    nowhere = await call(client, ids, "GET", "/organizations/nothing/applications")
    (shown,) = listed.json()
    own = (await client.get(f"/api/applications/{ids['bot']}")).json()

    assert shown == {
        **{name: value for name, value in own.items() if name != "isAdmin"},
        "organizationRoles": [
            {"id": ids["crawler"], "name": "crawler"},
            {"id": ids["robot"], "name": "robot"},
        ],
    }
    assert await names(client, ids, "q=50%25") == ["Cron"]
    assert await names(client, ids, f"q={ids['cron'].upper()}") == ["Cron"]
    assert await names(client, ids, "q=") == ["Bot", "Cron"]
    assert (len(page.json()), page.headers["Total-Number"]) == (1, "2")
    assert (nowhere.json(), nowhere.headers["Total-Number"]) == ([], "0")


async def test_who_stays_in_a_replaced_list_keeps_its_roles(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    people = "/organizations/<org>/users"
    await go(
        client,
        ids,
        [
            ("POST", ROLES, {"organizationRoleIds": ["<robot>"]}, CREATED),
            ("PUT", PATH, {"applicationIds": ["<cron>", "<bot>"]}, DONE),
            ("POST", f"{people}/<ana>/roles", {"organizationRoleIds": ["<member>"]}, (201, "")),
            ("PUT", people, {"userIds": ["<bea>", "<ana>"]}, DONE),
        ],
    )

    assert [row["name"] for row in (await call(client, ids, "GET", ROLES)).json()] == ["robot"]
    held = await call(client, ids, "GET", f"{people}/<ana>/roles")
    assert [row["name"] for row in held.json()] == ["member"]
    await go(
        client,
        ids,
        [
            ("DELETE", f"{PATH}/<bot>", None, DONE),
            ("POST", PATH, {"applicationIds": ["<bot>"]}, CREATED),
        ],
    )
    assert (await call(client, ids, "GET", ROLES)).json() == []


@pytest.mark.parametrize(
    "path",
    [
        "/organizations/<org>/applications/<cron>/roles",
        "/organizations/nothing/applications/<bot>/roles",
        "/organizations/<org>/applications/nothing/roles",
        "/organizations/<org>/users/<bea>/roles",
        "/organizations/nothing/users/<ana>/roles",
        "/organizations/<org>/users/nothing/roles",
    ],
)
async def test_who_does_not_belong_is_refused_before_page_and_body(
    client: httpx.AsyncClient, path: str
) -> None:
    ids = await things(client)

    await go(
        client,
        ids,
        [
            ("GET", f"{path}?page=0", None, OUTSIDE),
            ("POST", path, {"organizationRoleIds": 5}, OUTSIDE),
            ("PUT", path, {"organizationRoleIds": [""]}, OUTSIDE),
            ("DELETE", f"{path}/<robot>", None, OUTSIDE),
        ],
    )


async def test_a_machines_roles_are_given_replaced_and_taken(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    roles = "organizationRoleIds"
    await go(
        client,
        ids,
        [
            ("GET", f"{ROLES}?page=0", None, (400, "guard.invalid_pagination")),
            ("POST", ROLES, {}, BODY),
            ("POST", ROLES, {roles: []}, BODY),
            ("POST", ROLES, {roles: ["<member>", "nothing"]}, CHECK),
            ("POST", ROLES, {roles: ["<robot>", "nothing"]}, FOREIGN),
            ("PUT", ROLES, {roles: []}, BODY),
            ("PUT", ROLES, {roles: ["<member>"]}, CHECK),
            ("PUT", ROLES, {roles: ["nothing"]}, FOREIGN),
            ("PUT", ROLES, {roles: ["<robot>", "<robot>"]}, UNIQUE),
            ("DELETE", f"{ROLES}/<robot>", None, NOT_FOUND),
        ],
    )
    assert (await call(client, ids, "GET", ROLES)).json() == []

    await go(
        client,
        ids,
        [
            ("POST", ROLES, {roles: ["<robot>", "<robot>"]}, CREATED),
            ("POST", ROLES, {roles: ["<robot>", "<crawler>"]}, CREATED),
        ],
    )
    held = (await call(client, ids, "GET", ROLES)).json()
    page = await call(client, ids, "GET", f"{ROLES}?page=2&page_size=1")
    assert [row["name"] for row in held] == ["crawler", "robot"]
    assert set(held[0]) == {"tenantId", "id", "name", "description", "type"}
    assert (page.json(), page.headers["Total-Number"]) == (held[1:], "2")
    await go(
        client,
        ids,
        [
            ("PUT", ROLES, {roles: ["<crawler>"]}, DONE),
            ("DELETE", f"{ROLES}/<robot>", None, NOT_FOUND),
            ("DELETE", f"{ROLES}/<crawler>", None, DONE),
            ("GET", ROLES, None, SHOWN),
        ],
    )
    assert (await call(client, ids, "GET", ROLES)).json() == []


async def test_several_machines_get_several_roles_or_none(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    path = f"{PATH}/roles"
    await call(client, ids, "POST", PATH, {"applicationIds": ["<cron>"]})

    def body(applications: list[str], roles: list[str]) -> dict[str, Any]:
        return {"applicationIds": applications, "organizationRoleIds": roles}

    await go(
        client,
        ids,
        [
            ("POST", path, body([], ["<robot>"]), BODY),
            ("POST", path, body(["<bot>"], []), BODY),
            ("POST", path, body(["<bot>", "nothing"], ["<robot>", "<member>"]), CHECK),
            ("POST", path, body(["<bot>", "<spa>"], ["<robot>"]), FOREIGN),
            ("POST", path, body(["<bot>"], ["<robot>", "nothing"]), FOREIGN),
            ("POST", path.replace("<org>", "nothing"), body(["<bot>"], ["<robot>"]), FOREIGN),
        ],
    )
    assert (await call(client, ids, "GET", ROLES)).json() == []

    both = body(["<bot>", "<cron>"], ["<robot>", "<crawler>", "<robot>"])
    await go(client, ids, [("POST", path, both, CREATED), ("POST", path, both, CREATED)])
    for application in ("<bot>", "<cron>"):
        rows = (await call(client, ids, "GET", f"{PATH}/{application}/roles")).json()
        assert [row["name"] for row in rows] == ["crawler", "robot"]


async def test_more_roles_at_once_than_a_list_may_have_are_refused(
    client: httpx.AsyncClient,
) -> None:
    many = [f"id{number}" for number in range(100)]
    body = {"applicationIds": many, "organizationRoleIds": many[:51]}

    assert said(await client.post("/api/organizations/o/applications/roles", json=body)) == BODY


async def test_an_application_shows_where_it_belongs(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await go(
        client,
        ids,
        [
            (
                "POST",
                "/organizations/<empty>/applications",
                {"applicationIds": ["<bot>"]},
                CREATED,
            ),
            ("POST", ROLES, {"organizationRoleIds": ["<robot>"]}, CREATED),
            ("GET", "/applications/nothing/organizations", None, NOT_THERE),
        ],
    )
    path = "/applications/<bot>/organizations"

    whole = await call(client, ids, "GET", path)
    page = await call(client, ids, "GET", f"{path}?page_size=1")
    organization = (await client.get(f"/api/organizations/{ids['org']}")).json()

    by_id = {row["id"]: row for row in whole.json()}
    robot = [{"id": ids["robot"], "name": "robot"}]
    assert by_id[ids["org"]] == {**organization, "organizationRoles": robot}
    assert by_id[ids["empty"]]["organizationRoles"] == []
    assert "Total-Number" not in whole.headers
    assert (page.json(), page.headers["Total-Number"]) == (whole.json()[:1], "2")
    assert (await call(client, ids, "GET", "/applications/<spa>/organizations")).json() == []


async def test_applications_of_an_organization_are_left_out_of_a_list(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)

    async def listed(query: str) -> set[str]:
        rows = (await call(client, ids, "GET", f"/applications?{query}")).json()
        return {row["name"] for row in rows} & {"Bot", "Cron"}

    assert await listed("excludeOrganizationId=<org>") == {"Cron"}
    assert await listed("excludeOrganizationId=nothing") == {"Bot", "Cron"}


async def test_what_is_deleted_takes_its_places_with_it(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await call(client, ids, "POST", ROLES, {"organizationRoleIds": ["<robot>", "<crawler>"]})

    await go(client, ids, [("DELETE", "/organization-roles/<robot>", None, DONE)])
    assert [row["name"] for row in (await call(client, ids, "GET", ROLES)).json()] == ["crawler"]
    await go(client, ids, [("DELETE", "/applications/<bot>", None, DONE)])
    assert await names(client, ids) == []
    await made(client, "/organizations", {"name": "again"})
    await go(client, ids, [("DELETE", "/organizations/<org>", None, DONE)])
