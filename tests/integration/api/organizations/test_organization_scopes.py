"""`/api/organization-scopes`, and what roles of organizations give (organization RBAC §2, §3, §6)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from access_parts import (
    BODY,
    CREATED,
    DONE,
    FOREIGN,
    MACHINE,
    NOT_FOUND,
    NOT_THERE,
    NOT_THERE_TO_CHANGE,
    SHOWN,
    UNIQUE,
    call,
    go,
    things,
)
from wire_parts import made, made_id, said

LONG = "n" * 129


async def test_a_scope_is_named_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/organization-scopes", json={"name": "a b", "description": "d"})
    path = f"/api/organization-scopes/{answer.json()['id']}"

    shown = answer.json()
    changed = await client.patch(path, json={"name": "c", "description": None})
    unchanged = await client.patch(path, json={})

    assert answer.status_code == 201
    assert shown == {"tenantId": "default", "id": shown["id"], "name": "a b", "description": "d"}
    assert len(shown["id"]) == 21
    assert changed.json() == {**shown, "name": "c", "description": None} == unchanged.json()
    assert (await client.get(path)).json() == changed.json()
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == NOT_FOUND
    assert said(await client.get(path)) == NOT_THERE
    assert said(await client.patch(path, json={"name": "x"})) == NOT_THERE_TO_CHANGE


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": LONG},
        {"name": None},
        {"name": 5},
        {"name": "n", "description": "d" * 257},
        {"name": "n", "description": 5},
    ],
    ids=["nothing", "empty", "long", "null", "number", "long description", "description a number"],
)
async def test_a_bad_scope_is_refused_before_anything_is_looked_up(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert said(await client.post("/api/organization-scopes", json=body)) == BODY
    if body:
        assert said(await client.patch("/api/organization-scopes/nothing", json=body)) == BODY


async def test_a_name_is_one_scopes_and_case_counts(client: httpx.AsyncClient) -> None:
    await made(client, "/organization-scopes", {"name": "pay"})
    other = await made_id(client, "/organization-scopes", {"name": "Pay"})

    again = await client.post("/api/organization-scopes", json={"name": "pay"})
    renamed = await client.patch(f"/api/organization-scopes/{other}", json={"name": "pay"})

    assert said(again) == UNIQUE == said(renamed)


async def test_scopes_are_listed_by_name_whole_or_in_pages(client: httpx.AsyncClient) -> None:
    for name in ("b", "50%", "a", "B_b"):
        await made(client, "/organization-scopes", {"name": name, "description": "zzz"})

    async def names(query: str = "") -> list[str]:
        answer = await client.get(f"/api/organization-scopes?{query}")
        return [row["name"] for row in answer.json()]

    whole = await client.get("/api/organization-scopes")
    page = await client.get("/api/organization-scopes?page=2&page_size=3")

    assert [row["name"] for row in whole.json()] == ["50%", "B_b", "a", "b"]
    assert "Total-Number" not in whole.headers
    assert [row["name"] for row in page.json()] == ["b"]
    assert page.headers["Total-Number"] == "4"
    assert await names("q=b") == ["B_b", "b"]
    assert await names("q=_") == ["B_b"]
    assert await names("q=%25") == ["50%"]
    assert await names("q=zzz") == []
    assert len(await names("q=")) == 4


async def test_a_role_is_made_with_what_it_gives_or_not_at_all(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    gives = {
        "name": "r",
        "type": MACHINE,
        "organizationScopeIds": ["<pay>", "<invite>", "<pay>"],
        "resourceScopeIds": ["<write>", "<read>"],
    }

    plain = (await call(client, ids, "POST", "/organization-roles", gives)).json()
    inside = (await client.get(f"/api/organization-roles/{plain['id']}/scopes")).json()
    on_api = (await client.get(f"/api/organization-roles/{plain['id']}/resource-scopes")).json()
    listed = (await client.get("/api/organization-roles?q=r")).json()

    assert plain == {
        "tenantId": "default",
        "id": plain["id"],
        "name": "r",
        "description": None,
        "type": MACHINE,
    }
    assert [row["id"] for row in inside] == sorted([ids["pay"], ids["invite"]])
    assert all(set(row) == {"tenantId", "id", "name", "description"} for row in inside)
    assert [row["id"] for row in on_api] == sorted([ids["read"], ids["write"]])
    assert {"resourceId", "createdAt"} <= set(on_api[0])
    (shown,) = [row for row in listed if row["id"] == plain["id"]]
    assert shown["scopes"] == [{"id": row["id"], "name": row["name"]} for row in inside]
    api = {"id": ids["api"], "name": "API"}
    assert shown["resourceScopes"] == [
        {"id": row["id"], "name": row["name"], "resource": api} for row in on_api
    ]
    for member in ("organizationScopeIds", "resourceScopeIds"):
        for unknown in ("nothing", "", "x" * 50):
            body = {"name": "left over", member: [ids["pay"], unknown]}
            assert said(await client.post("/api/organization-roles", json=body)) == FOREIGN
    assert (await client.get("/api/organization-roles?q=left")).json() == []


async def test_a_role_may_change_its_type_and_whoever_has_it_keeps_it(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    held = "/organizations/<org>/users/<ana>/roles"
    await go(
        client,
        ids,
        [
            ("POST", held, {"organizationRoleIds": ["<member>"]}, SHOWN_AS_MADE),
            ("PATCH", "/organization-roles/<member>", {"type": MACHINE}, SHOWN),
            ("PATCH", "/organization-roles/<member>", {"type": "Robot"}, BODY),
            ("PATCH", "/organization-roles/<member>", {"name": "admin"}, UNIQUE),
        ],
    )

    changed = (await call(client, ids, "GET", "/organization-roles/<member>")).json()
    kept = (await call(client, ids, "GET", held)).json()
    given_again = await call(
        client,
        ids,
        "POST",
        "/organizations/<org>/users/roles",
        {"userIds": ["<ana>"], "organizationRoleIds": ["<robot>"]},
    )

    assert changed["type"] == MACHINE
    assert kept == [changed]
    assert said(given_again) == (422, "entity.db_constraint_violated")


SHOWN_AS_MADE = (201, "")
RELATED = [
    pytest.param(
        "/organization-roles/<member>/scopes",
        "organizationScopeIds",
        ("<invite>", "<pay>"),
        NOT_FOUND,
        id="scopes",
    ),
    pytest.param(
        "/organization-roles/<member>/resource-scopes",
        "scopeIds",
        ("<read>", "<write>"),
        NOT_FOUND,
        id="resource-scopes",
    ),
    pytest.param(
        "/organizations/<org>/jit/roles",
        "organizationRoleIds",
        ("<member>", "<robot>"),
        NOT_THERE,
        id="jit-roles",
    ),
]


@pytest.mark.parametrize(("path", "member", "children", "unknown_parent"), RELATED)
async def test_what_goes_with_a_parent_is_added_replaced_and_removed(
    client: httpx.AsyncClient,
    path: str,
    member: str,
    children: tuple[str, str],
    unknown_parent: tuple[int, str],
) -> None:
    ids = await things(client)
    first, second = children
    parent = path.split("/")[2]
    unknown = path.replace(parent, "nothing")
    listed = lambda: call(client, ids, "GET", path)  # noqa: E731 - read again and again

    await go(
        client,
        ids,
        [
            ("GET", path, None, SHOWN),
            ("GET", unknown, None, unknown_parent),
            ("POST", path, {}, BODY),
            ("POST", path, {member: []}, BODY),
            ("POST", path, {member: [""]}, BODY),
            ("POST", path, {member: None}, BODY),
            ("PUT", path, {}, BODY),
            ("PUT", path, {member: [""]}, BODY),
            ("POST", unknown, {member: [first]}, FOREIGN),
            ("POST", path, {member: [first, "nothing"]}, FOREIGN),
            ("POST", path, {member: [first, "x" * 50]}, FOREIGN),
            ("PUT", unknown, {member: [first]}, FOREIGN),
            ("PUT", path, {member: [first, "nothing"]}, FOREIGN),
            ("PUT", path, {member: [first, first]}, UNIQUE),
            ("PUT", unknown, {member: []}, DONE),
        ],
    )
    assert (await listed()).json() == []
    await go(
        client,
        ids,
        [
            ("POST", path, {member: [first, first]}, CREATED),
            ("POST", path, {member: [second, first]}, CREATED),
        ],
    )
    both = await listed()
    page = await call(client, ids, "GET", f"{path}?page=1&page_size=1")
    assert len(both.json()) == 2
    assert "Total-Number" not in both.headers
    assert (page.json(), page.headers["Total-Number"]) == (both.json()[:1], "2")
    await go(
        client,
        ids,
        [
            ("PUT", path, {member: [second]}, DONE),
            ("DELETE", f"{path}/{first}", None, NOT_FOUND),
            ("DELETE", f"{unknown}/{second}", None, NOT_FOUND),
            ("DELETE", f"{path}/nothing", None, NOT_FOUND),
        ],
    )
    assert [row["id"] for row in (await listed()).json()] == [ids[second.strip("<>")]]
    await go(
        client,
        ids,
        [
            ("DELETE", f"{path}/{second}", None, DONE),
            ("POST", path, {member: [first]}, CREATED),
            ("PUT", path, {member: []}, DONE),
        ],
    )
    assert (await listed()).json() == []


async def test_a_members_scopes_are_those_of_all_roles_each_once(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    scopes = "/organization-roles/{}/scopes"
    await go(
        client,
        ids,
        [
            (
                "POST",
                scopes.format("<member>"),
                {"organizationScopeIds": ["<pay>", "<invite>"]},
                CREATED,
            ),
            ("POST", scopes.format("<admin>"), {"organizationScopeIds": ["<pay>"]}, CREATED),
            (
                "POST",
                "/organizations/<org>/users/<ana>/roles",
                {"organizationRoleIds": ["<member>", "<admin>"]},
                SHOWN_AS_MADE,
            ),
        ],
    )

    async def names(path: str) -> list[str]:
        return [row["name"] for row in (await call(client, ids, "GET", path)).json()]

    assert await names("/organizations/<org>/users/<ana>/scopes") == ["invite", "pay"]
    assert await names("/organizations/<org>/users/<bea>/scopes") == []
    assert await names("/organizations/nothing/users/<ana>/scopes") == []


async def test_a_scope_that_is_deleted_is_given_no_more(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    path = "/organization-roles/<member>"
    await go(
        client,
        ids,
        [
            ("POST", f"{path}/scopes", {"organizationScopeIds": ["<pay>"]}, CREATED),
            ("POST", f"{path}/resource-scopes", {"scopeIds": ["<read>"]}, CREATED),
            ("DELETE", "/organization-scopes/<pay>", None, DONE),
            ("DELETE", "/resources/<api>", None, DONE),
        ],
    )

    assert (await call(client, ids, "GET", f"{path}/scopes")).json() == []
    assert (await call(client, ids, "GET", f"{path}/resource-scopes")).json() == []
