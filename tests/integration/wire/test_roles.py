"""Answers about roles and scopes that clients of the compatible API expect."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import HttpSink
from wire_parts import arrivals, made, made_id, said, told

MANAGEMENT_SCOPE = "management-api-all"


async def scope(client: httpx.AsyncClient, name: str = "read") -> str:
    indicator = f"https://{name}.example.com"
    resource = await made_id(client, "/resources", {"name": name, "indicator": indicator})
    return await made_id(client, f"/resources/{resource}/scopes", {"name": name})


async def role(client: httpx.AsyncClient, name: str = "reader", **members: Any) -> str:
    return await made_id(client, "/roles", {"name": name, "description": f"d {name}", **members})


async def member(client: httpx.AsyncClient) -> str:
    """The path of a member's roles."""
    organization = await made_id(client, "/organizations", {"name": "Org"})
    user = await made_id(client, "/users", {})
    await made(client, f"/organizations/{organization}/users", {"userIds": [user]})
    return f"/api/organizations/{organization}/users/{user}/roles"


async def organization_role(client: httpx.AsyncClient, name: str, **members: Any) -> str:
    return await made_id(client, "/organization-roles", {"name": name, **members})


async def test_an_organization_role_shows_what_it_gives_in_a_list_and_not_alone(
    client: httpx.AsyncClient,
) -> None:
    reads = await scope(client)
    id_ = await organization_role(client, "member", resourceScopeIds=[reads])

    one = (await client.get(f"/api/organization-roles/{id_}")).json()
    (listed,) = (await client.get("/api/organization-roles")).json()

    assert set(one) == {"tenantId", "id", "name", "description", "type"}
    assert listed["scopes"] == []
    assert [held["id"] for held in listed["resourceScopes"]] == [reads]
    assert {name: listed[name] for name in one} == one


async def test_organization_roles_are_found_by_their_description(client: httpx.AsyncClient) -> None:
    wanted = await organization_role(client, "a", description="Who pays the bills")
    await organization_role(client, "b", description="Who reads")

    found = await client.get("/api/organization-roles?q=BILLS")

    assert [row["id"] for row in found.json()] == [wanted]


async def test_roles_given_to_a_member_are_answered_by_id(client: httpx.AsyncClient) -> None:
    path = await member(client)
    first = await organization_role(client, "first")
    second = await organization_role(client, "second")

    by_id = await client.post(path, json={"organizationRoleIds": [first, first]})
    by_both = await client.post(
        path, json={"organizationRoleIds": [first], "organizationRoleNames": ["second", "first"]}
    )
    nothing = await client.post(path, json={})

    assert (by_id.status_code, by_id.json()) == (201, {"organizationRoleIds": [first]})
    assert by_both.json() == {"organizationRoleIds": [first, second]}
    assert nothing.json() == {"organizationRoleIds": []}
    assert len((await client.get(path)).json()) == 2


async def test_a_members_roles_are_replaced_by_name(client: httpx.AsyncClient) -> None:
    path = await member(client)
    first = await organization_role(client, "first")
    second = await organization_role(client, "second")
    await client.post(path, json={"organizationRoleIds": [first]})

    replaced = await client.put(path, json={"organizationRoleNames": ["second"]})

    assert replaced.status_code == 204
    assert [row["id"] for row in (await client.get(path)).json()] == [second]
    assert (await client.put(path, json={})).status_code == 204
    assert (await client.get(path)).json() == []


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_an_unknown_name_gives_nothing(client: httpx.AsyncClient, method: str) -> None:
    path = await member(client)
    first = await organization_role(client, "first")
    await client.post(path, json={"organizationRoleIds": [first]})
    await organization_role(client, "second")

    answer = await client.request(
        method, path, json={"organizationRoleNames": ["second", "Second", "third"]}
    )

    assert said(answer) == (422, "organization.role_names_not_found")
    assert "Second, third" in answer.json()["message"]
    assert [row["id"] for row in (await client.get(path)).json()] == [first]


async def test_a_members_roles_are_whole_rows_and_come_in_pages(client: httpx.AsyncClient) -> None:
    path = await member(client)
    ids = [await organization_role(client, name) for name in ("a", "b", "c")]
    await client.post(path, json={"organizationRoleIds": ids})

    page = await client.get(f"{path}?page=2&page_size=2")
    whole = await client.get(path)

    third = {"tenantId": "default", "id": ids[2], "name": "c", "description": None, "type": "User"}
    assert page.json() == [third]
    assert page.headers["Total-Number"] == "3"
    assert [row["id"] for row in whole.json()] == ids
    assert "Total-Number" not in whole.headers


async def test_a_role_made_with_scopes_is_told_twice(client: httpx.AsyncClient) -> None:
    reads, writes = await scope(client), await scope(client, "write")
    async with HttpSink() as sink:
        await told(client, sink, "Role.Created", "Role.Scopes.Updated", "Role.Deleted")
        id_ = await role(client, scopeIds=[writes, reads, writes])
        await client.post(
            f"/api/roles/{await role(client, 'other')}/scopes", json={"scopeIds": [reads]}
        )
        bodies = await arrivals(sink, 4)

    created = [body["data"]["id"] for body in bodies if body["event"] == "Role.Created"]
    updated = [body for body in bodies if body["event"] == "Role.Scopes.Updated"]
    given, added = sorted(updated, key=lambda body: "roleId" not in body)
    assert id_ in created
    assert len(created) == 2
    assert given["roleId"] == id_
    assert [shown["id"] for shown in given["data"]] == [writes, reads]
    assert ([shown["id"] for shown in added["data"]], "roleId" in added) == ([reads], False)


async def test_what_is_deleted_or_taken_away_is_told_without_data(
    client: httpx.AsyncClient,
) -> None:
    reads = await scope(client)
    id_ = await role(client, scopeIds=[reads])
    resource = (await client.get("/api/resources")).json()[-1]["id"]
    async with HttpSink() as sink:
        await told(client, sink, "Role.Deleted", "Role.Scopes.Updated", "Scope.Deleted")
        await client.delete(f"/api/roles/{id_}/scopes/{reads}")
        await client.delete(f"/api/roles/{id_}")
        await client.delete(f"/api/resources/{resource}/scopes/{reads}")
        bodies = await arrivals(sink, 3)

    assert {body["event"] for body in bodies} == {
        "Role.Deleted",
        "Role.Scopes.Updated",
        "Scope.Deleted",
    }
    assert all("data" not in body and "roleId" not in body for body in bodies)


async def test_an_organization_role_with_scopes_is_told_twice(client: httpx.AsyncClient) -> None:
    reads = await scope(client)
    async with HttpSink() as sink:
        await told(client, sink, "OrganizationRole.Created", "OrganizationRole.Scopes.Updated")
        await organization_role(client, "plain")
        id_ = await organization_role(client, "scoped", resourceScopeIds=[reads])
        bodies = await arrivals(sink, 3)

    created = [body["data"] for body in bodies if body["event"] == "OrganizationRole.Created"]
    given = [body for body in bodies if body["event"] == "OrganizationRole.Scopes.Updated"]
    assert {data["name"] for data in created} == {"plain", "scoped"}
    assert all(set(data) == {"tenantId", "id", "name", "description", "type"} for data in created)
    assert [(body["organizationRoleId"], "data" in body) for body in given] == [(id_, False)]


async def test_a_role_for_people_gives_no_scope_of_the_management_api(
    client: httpx.AsyncClient,
) -> None:
    body = {"name": "x", "description": "d", "type": "User", "scopeIds": [MANAGEMENT_SCOPE]}
    people = await role(client, "people")
    machines = await role(client, "machines", type="MachineToMachine")

    made_with = await client.post("/api/roles", json=body)
    added = await client.post(f"/api/roles/{people}/scopes", json={"scopeIds": [MANAGEMENT_SCOPE]})
    allowed = await client.post(
        f"/api/roles/{machines}/scopes", json={"scopeIds": [MANAGEMENT_SCOPE]}
    )

    code = "role.management_api_scopes_not_assignable_to_user_role"
    assert (said(made_with), said(added)) == ((400, code), (400, code))
    assert allowed.status_code == 201
    assert "x" not in {row["name"] for row in (await client.get("/api/roles")).json()}


async def test_a_scope_is_given_once_and_must_exist(client: httpx.AsyncClient) -> None:
    reads = await scope(client)
    path = f"/api/roles/{await role(client, scopeIds=[reads])}/scopes"

    again = await client.post(path, json={"scopeIds": [reads]})
    unknown = await client.post(path, json={"scopeIds": ["nothing"]})

    assert said(again) == (422, "role.scope_exists")
    assert said(unknown) == (404, "entity.not_exists_with_id")


@pytest.mark.parametrize(
    ("method", "path", "member_name"),
    [
        ("POST", "/roles/any/scopes", "scopeIds"),
        ("POST", "/users/any/roles", "roleIds"),
        ("PUT", "/users/any/roles", "roleIds"),
        ("POST", "/applications/any/roles", "roleIds"),
        ("PUT", "/applications/any/roles", "roleIds"),
        ("POST", "/organizations/any/users", "userIds"),
        ("PUT", "/organizations/any/users", "userIds"),
        ("POST", "/organization-roles/any/scopes", "organizationScopeIds"),
        ("PUT", "/organization-roles/any/resource-scopes", "scopeIds"),
        ("POST", "/organizations/any/applications", "applicationIds"),
        ("PUT", "/organizations/any/jit/roles", "organizationRoleIds"),
        ("POST", "/roles/any/users", "userIds"),
        ("POST", "/roles/any/applications", "applicationIds"),
        ("PUT", "/delivery/fallback-connectors/order", "ids"),
        ("POST", "/sentinel-activities/delete", "targets"),
    ],
)
async def test_no_id_of_a_list_is_empty(
    client: httpx.AsyncClient, method: str, path: str, member_name: str
) -> None:
    body = {"targetType": "User", member_name: [""]}

    answer = await client.request(method, f"/api{path}", json=body)

    assert said(answer) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == [member_name, 0]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("member_name", ["organizationRoleIds", "organizationRoleNames"])
async def test_no_role_of_a_member_has_an_empty_id_or_name(
    client: httpx.AsyncClient, method: str, member_name: str
) -> None:
    path = await member(client)

    answer = await client.request(method, path, json={member_name: [""]})

    assert said(answer) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == [member_name, 0]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "description": "d", "scopeIds": [""]},
        {"email": "a@b.cd", "context": {"jitOrganizationIds": [""]}},
        {
            "invitee": "a@b.cd",
            "organizationId": "o",
            "expiresAt": 4_102_444_800_000,
            "organizationRoleIds": [""],
        },
        {"userIds": ["u"], "organizationRoleIds": [""]},
    ],
)
async def test_no_id_beside_other_members_is_empty(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    path = {
        "scopeIds": "/api/roles",
        "context": "/api/one-time-tokens",
        "invitee": "/api/organization-invitations",
        "userIds": "/api/organizations/any/users/roles",
    }

    answer = await client.post(next(path[name] for name in path if name in body), json=body)

    assert said(answer) == (400, "guard.invalid_input")


async def test_roles_that_somebody_has_are_left_out(client: httpx.AsyncClient) -> None:
    machine_role = await role(client, "machine", type="MachineToMachine")
    person_role = await role(client, "person")
    application = await made_id(client, "/applications", {"name": "A", "type": "MachineToMachine"})
    user = await made_id(client, "/users", {})
    await made(client, f"/applications/{application}/roles", {"roleIds": [machine_role]})
    await made(client, f"/users/{user}/roles", {"roleIds": [person_role]})

    async def names(query: str) -> set[str]:
        answer = await client.get(f"/api/roles?{query}")
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return {row["name"] for row in answer.json()} & {"machine", "person"}

    assert await names(f"excludeApplicationId={application}") == {"person"}
    assert await names(f"excludeUserId={user}") == {"machine"}
    assert await names("excludeApplicationId=nobody") == {"machine", "person"}


@pytest.mark.parametrize("owner", ["users", "applications"])
async def test_the_roles_of_somebody_are_searched(client: httpx.AsyncClient, owner: str) -> None:
    machine = {"type": "MachineToMachine"} if owner == "applications" else {}
    ids = [await role(client, name, **machine) for name in ("Reader", "Writer")]
    holder = await made_id(client, f"/{owner}", {"name": "A", **machine})
    path = f"/api/{owner}/{holder}/roles"
    await client.post(path, json={"roleIds": ids})

    async def names(search: str) -> list[str]:
        answer = await client.get(path, params={"search": search, "page": 1, "page_size": 10})
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return sorted(row["name"] for row in answer.json())

    assert await names("%read%") == ["Reader"]
    assert await names("%d writ%") == ["Writer"]
    assert await names(ids[0]) == ["Reader"]
    assert await names("read") == []
    assert await names("") == ["Reader", "Writer"]
    assert said(await client.get(path, params={"search": "\\"})) == (400, "request.invalid_input")


async def test_scopes_are_searched_in_a_role_and_in_a_resource(client: httpx.AsyncClient) -> None:
    resource = await made_id(client, "/resources", {"name": "R", "indicator": "https://r.example"})
    path = f"/resources/{resource}/scopes"
    ids = [await made_id(client, path, {"name": name}) for name in ("read:all", "write:all")]
    gives = f"/api/roles/{await role(client, scopeIds=ids)}/scopes"

    for list_ in (gives, f"/api{path}"):
        found = await client.get(list_, params={"search": "READ%", "page": 1})
        assert [row["name"] for row in found.json()] == ["read:all"]
        assert found.headers["Total-Number"] == "1"
        assert len((await client.get(list_, params={"search": ""})).json()) == 2
