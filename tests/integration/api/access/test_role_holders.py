"""Who and what has a role of the tenant, and lists of roles (organization RBAC §7)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from access_parts import (
    BODY,
    CHECK,
    CREATED,
    DONE,
    MACHINE,
    NOT_FOUND,
    NOT_THERE,
    call,
    go,
    outcome,
    things,
)
from wire_parts import made, made_id, said

PEOPLE = "/roles/<person_role>/users"
MACHINES = "/roles/<machine_role>/applications"
BAD_SEARCH = (400, "request.invalid_input")


async def test_a_role_is_given_to_people_who_do_not_have_it(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    exists = (422, "role.user_exists")
    await go(
        client,
        ids,
        [
            ("GET", "/roles/nothing/users", None, NOT_THERE),
            ("GET", "/roles/nothing/users?search=", None, NOT_THERE),
            ("POST", "/roles/nothing/users", {"userIds": []}, BODY),
            ("POST", "/roles/nothing/users", {"userIds": ["<ana>"]}, NOT_THERE),
            ("POST", PEOPLE, {"userIds": ["<ana>", "nothing"]}, NOT_FOUND),
            ("POST", PEOPLE, {"userIds": ["x" * 50]}, NOT_FOUND),
            ("POST", "/roles/<machine_role>/users", {"userIds": ["nothing"]}, NOT_FOUND),
            ("POST", "/roles/<machine_role>/users", {"userIds": ["<ana>"]}, CHECK),
            ("POST", PEOPLE, {"userIds": ["<ana>", "<ana>"]}, CREATED),
            ("POST", PEOPLE, {"userIds": ["<bea>", "<ana>", "nothing"]}, exists),
            ("DELETE", f"{PEOPLE}/<bea>", None, NOT_FOUND),
            ("DELETE", "/roles/nothing/users/<ana>", None, NOT_FOUND),
        ],
    )
    (shown,) = (await call(client, ids, "GET", PEOPLE)).json()
    assert shown == (await client.get(f"/api/users/{ids['ana']}")).json()
    held = (await client.get(f"/api/users/{ids['ana']}/roles")).json()
    assert [row["id"] for row in held] == [ids["person_role"]]
    await go(client, ids, [("DELETE", f"{PEOPLE}/<ana>", None, DONE)])
    assert (await call(client, ids, "GET", PEOPLE)).json() == []


async def test_a_role_is_given_to_applications_that_do_not_have_it(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    exists = (422, "role.application_exists")
    await go(
        client,
        ids,
        [
            ("GET", "/roles/nothing/applications", None, NOT_THERE),
            ("POST", MACHINES, {}, BODY),
            ("POST", "/roles/nothing/applications", {"applicationIds": ["<bot>"]}, NOT_THERE),
            ("POST", MACHINES, {"applicationIds": ["<bot>", "nothing"]}, NOT_THERE),
            ("POST", "/roles/<person_role>/applications", {"applicationIds": ["<bot>"]}, CHECK),
            ("POST", MACHINES, {"applicationIds": ["<bot>", "<spa>", "<bot>"]}, CREATED),
            ("POST", MACHINES, {"applicationIds": ["<cron>", "<bot>"]}, exists),
            ("DELETE", f"{MACHINES}/<cron>", None, NOT_FOUND),
        ],
    )
    # Another kind of application may have it, and is not shown.
    (shown,) = (await call(client, ids, "GET", MACHINES)).json()
    own = (await client.get(f"/api/applications/{ids['bot']}")).json()
    assert {**shown, "isAdmin": False} == own
    await go(
        client,
        ids,
        [
            ("DELETE", f"{MACHINES}/<bot>", None, DONE),
            ("DELETE", f"{MACHINES}/<spa>", None, DONE),
            ("DELETE", f"{MACHINES}/<spa>", None, NOT_FOUND),
        ],
    )


async def test_nobody_is_given_the_services_own_roles(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    internal = (403, "role.internal_role_violation")

    await go(
        client,
        ids,
        [
            ("POST", "/roles/admin-role/applications", {"applicationIds": ["<bot>"]}, internal),
            ("DELETE", "/roles/admin-role/applications/<bot>", None, internal),
        ],
    )


async def test_who_has_a_role_is_searched_newest_first(client: httpx.AsyncClient) -> None:
    role = await made_id(client, "/roles", {"name": "r", "description": "d"})
    people = [
        await made_id(client, "/users", body)
        for body in (
            {"name": "Ana", "primaryEmail": "ana@example.com", "username": "a_one"},
            {"name": "Bea", "primaryPhone": "4915112345678"},
            {"name": "Cy", "username": "ana_two"},
        )
    ]
    await made(client, "/users", {"name": "Ana too"})
    given = await client.post(f"/api/roles/{role}/users", json={"userIds": people})
    path = f"/api/roles/{role}/users"

    async def names(**query: Any) -> list[str]:
        answer = await client.get(path, params=query)
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return sorted(row["name"] for row in answer.json())

    assert outcome(given) == CREATED
    assert await names(search="%ANA%") == ["Ana", "Cy"]
    assert await names(**{"search.name": "ana", "mode": "exact"}) == ["Ana"]
    assert await names(**{"search.primaryPhone": "49%"}) == ["Bea"]
    page = await client.get(path, params={"page": 2, "page_size": 2})
    assert (len(page.json()), page.headers["Total-Number"]) == (1, "3")


async def test_machines_of_a_role_are_searched(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    await client.patch(f"/api/applications/{ids['cron']}", json={"description": "Every NIGHT"})
    await call(client, ids, "POST", MACHINES, {"applicationIds": ["<bot>", "<cron>"]})
    path = f"/api/roles/{ids['machine_role']}/applications"

    async def names(**query: Any) -> list[str]:
        answer = await client.get(path, params=query)
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return sorted(row["name"] for row in answer.json())

    assert await names() == ["Bot", "Cron"]
    assert await names(search="%night%") == ["Cron"]
    assert await names(search="night") == []
    assert await names(**{"search.name": "^B", "mode": "posix"}) == ["Bot"]
    assert await names(**{"search.description": "%night%", "isCaseSensitive": "true"}) == []
    assert await names(search=ids["bot"], mode="exact") == ["Bot"]


@pytest.mark.parametrize(
    "query",
    [
        {"search": ""},
        {"search.nothing": "x"},
        {"search": "x", "mode": "nothing"},
        {"search": ["x", "y"]},
        {"search": "("},
        {"search": "x", "mode": "similar_to"},
        {"search": "\\"},
    ],
    ids=["empty", "field", "mode", "several", "pattern", "no case", "escape"],
)
@pytest.mark.parametrize("path", ["/roles", PEOPLE, MACHINES])
async def test_a_search_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, path: str, query: dict[str, Any]
) -> None:
    role = await made_id(client, "/roles", {"name": "r", "description": "d"})
    address = path.replace("<person_role>", role).replace("<machine_role>", role)
    if query == {"search": "("}:
        query = {"search": "(", "mode": "posix"}

    assert said(await client.get(f"/api{address}", params=query)) == BAD_SEARCH


async def test_roles_are_listed_with_who_has_them(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    people = [await made_id(client, "/users", {"name": f"P{number}"}) for number in range(4)]
    await go(
        client,
        ids,
        [
            ("POST", PEOPLE, {"userIds": people}, CREATED),
            ("POST", MACHINES, {"applicationIds": ["<bot>", "<spa>"]}, CREATED),
        ],
    )

    rows = (await client.get("/api/roles")).json()
    by_id = {row["id"]: row for row in rows}
    person, machine = by_id[ids["person_role"]], by_id[ids["machine_role"]]

    assert (person["usersCount"], person["applicationsCount"]) == (4, 0)
    assert [set(user) for user in person["featuredUsers"]] == [{"id", "avatar", "name"}] * 3
    assert person["featuredApplications"] == []
    assert (machine["usersCount"], machine["applicationsCount"]) == (0, 1)
    assert machine["featuredApplications"] == [{"id": ids["bot"], "name": "Bot", "type": MACHINE}]


async def test_roles_are_searched_by_id_name_and_description(client: httpx.AsyncClient) -> None:
    reader = await made_id(client, "/roles", {"name": "Reader", "description": "Looks at 100%"})
    await made(client, "/roles", {"name": "Writer", "description": "Writes"})

    async def names(**query: Any) -> list[str]:
        answer = await client.get("/api/roles", params=query)
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return sorted(row["name"] for row in answer.json())

    assert await names(search="%r%", type="User") == ["Reader", "Writer"]
    assert await names(search="%100\\%") == ["Reader"]
    assert await names(search=reader) == ["Reader"]
    assert await names(**{"search.name": ["Reader", "Writer"], "mode": "exact"}) == [
        "Reader",
        "Writer",
    ]
    assert await names(**{"search.name": "w%", "search.id": reader, "joint": "and"}) == []
    assert await names(**{"search.name": "writer", "isCaseSensitive": "1"}) == []


async def test_a_roles_scopes_stand_with_their_resource(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    path = f"/api/roles/{ids['person_role']}/scopes"
    await client.post(path, json={"scopeIds": [ids["read"]]})

    (shown,) = (await client.get(path)).json()

    assert shown["id"] == ids["read"]
    assert shown["resource"] == (await client.get(f"/api/resources/{ids['api']}")).json()
