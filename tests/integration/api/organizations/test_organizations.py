"""`/api/organizations` and `/api/organization-roles` (§2.5 of the wire's description)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import HttpSink

FIELDS = {
    "tenantId",
    "id",
    "name",
    "description",
    "customData",
    "isMfaRequired",
    "color",
    "branding",
    "customCss",
    "createdAt",
}


async def post(client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
    answer = await client.post(f"/api{path}", json=body if body is not None else {})
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def organization(client: httpx.AsyncClient, **members: Any) -> str:
    made = await post(client, "/organizations", {"name": "Org", **members})
    return str(made["id"])


async def person(client: httpx.AsyncClient, **members: Any) -> str:
    return str((await post(client, "/users", members))["id"])


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_organization_is_created_read_changed_and_deleted(
    client: httpx.AsyncClient,
) -> None:
    branding = {"logoUrl": "https://example.com/l.png"}
    made = await post(
        client,
        "/organizations",
        {"name": "Org", "branding": branding, "color": {"primaryColor": "#fff"}, "x": 1},
    )
    path = f"/api/organizations/{made['id']}"

    changed = await client.patch(
        path, json={"branding": {}, "isMfaRequired": True, "description": ""}
    )
    unchanged = await client.patch(path, json={})

    assert set(made) == FIELDS
    assert (len(made["id"]), made["tenantId"], made["description"]) == (12, "default", None)
    assert (made["branding"], made["color"]) == (branding, {"primaryColor": "#fff"})
    assert changed.json() == {**made, "branding": {}, "isMfaRequired": True} == unchanged.json()
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_found")
    assert said(await client.get(path)) == (404, "entity.not_exists_with_id")
    assert said(await client.patch(path, json={"name": "x"})) == (404, "entity.not_exists_with_id")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "n" * 129},
        {"name": "n", "description": "d" * 257},
        {"name": "n", "branding": {"logoUrl": "nope"}},
        {"name": "n", "color": {"primaryColor": "red"}},
        {"name": "n", "customData": 1},
        {"name": "n", "isMfaRequired": "yes"},
    ],
)
async def test_a_bad_organization_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert said(await client.post("/api/organizations", json=body)) == (400, "guard.invalid_input")


async def test_the_list_is_searched_and_featured(client: httpx.AsyncClient) -> None:
    ids = [await organization(client, name=name) for name in ("Alpha", "50% off", "Gamma")]
    people = [await person(client, name=f"P{number}") for number in range(4)]
    await post(client, f"/organizations/{ids[0]}/users", {"userIds": people})

    async def names(query: str) -> list[str]:
        return [row["name"] for row in (await client.get(f"/api/organizations?{query}")).json()]

    assert await names("q=ALPH") == ["Alpha"]
    assert await names("q=%25") == ["50% off"]
    assert await names(f"q={ids[2]}") == ["Gamma"]
    assert len(await names("page_size=2")) == 2
    featured = (await client.get("/api/organizations?q=alpha&showFeatured=true")).json()[0]
    assert featured["usersCount"] == 4
    assert [set(user) for user in featured["featuredUsers"]] == [{"id", "avatar", "name"}] * 3


async def test_members_come_go_and_are_replaced(client: httpx.AsyncClient) -> None:
    org, ana, bea = (
        await organization(client),
        await person(client),
        await person(client, name="Béa"),
    )
    path = f"/api/organizations/{org}/users"

    added = await client.post(path, json={"userIds": [ana, ana]})
    again = await client.post(path, json={"userIds": [ana]})
    replaced = await client.put(path, json={"userIds": [bea]})

    assert (added.status_code, added.json()) == (201, {"userIds": [ana, ana]})
    assert (again.status_code, replaced.status_code) == (201, 204)
    listed = await client.get(f"{path}?q=bé")
    assert [member["id"] for member in listed.json()] == [bea]
    assert listed.json()[0]["organizationRoles"] == []
    assert listed.headers["Total-Number"] == "1"
    assert (await client.delete(f"{path}/{bea}")).status_code == 204
    assert said(await client.delete(f"{path}/{bea}")) == (404, "entity.not_found")
    for bad in ([], ["nobody"]):
        answer = await client.post(path, json={"userIds": bad})
        assert answer.status_code == (422 if bad else 400)
    relation = (422, "entity.relation_foreign_key_not_found")
    assert said(await client.put(path, json={"userIds": ["nobody"]})) == relation
    assert (
        said(await client.post("/api/organizations/x/users", json={"userIds": [ana]})) == relation
    )
    assert said(await client.get("/api/organizations/x/users")) == (
        404,
        "entity.not_exists_with_id",
    )


async def test_a_refused_replacement_changes_nothing(client: httpx.AsyncClient) -> None:
    org, ana = await organization(client), await person(client)
    path = f"/api/organizations/{org}/users"
    await client.post(path, json={"userIds": [ana]})

    await client.put(path, json={"userIds": ["nobody"]})

    assert [member["id"] for member in (await client.get(path)).json()] == [ana]


async def test_members_have_roles_of_people_only(client: httpx.AsyncClient) -> None:
    org, ana, bea = await organization(client), await person(client), await person(client)
    await client.post(f"/api/organizations/{org}/users", json={"userIds": [ana]})
    editor = (await post(client, "/organization-roles", {"name": "editor"}))["id"]
    admin = (await post(client, "/organization-roles", {"name": "admin"}))["id"]
    robot = (
        await post(client, "/organization-roles", {"name": "bot", "type": "MachineToMachine"})
    )["id"]
    bulk = f"/api/organizations/{org}/users/roles"
    own = f"/api/organizations/{org}/users/{ana}/roles"

    given = await client.post(bulk, json={"userIds": [ana], "organizationRoleIds": [editor]})
    more = await client.post(own, json={"organizationRoleIds": [admin]})

    assert (given.status_code, more.status_code) == (201, 201)
    names = [role["name"] for role in (await client.get(own)).json()]
    assert names == ["admin", "editor"]
    listed = await client.get(f"/api/organizations/{org}/users?organizationRoleId={editor}")
    assert listed.json()[0]["organizationRoles"][0] == {"id": admin, "name": "admin"}
    assert (await client.put(own, json={"organizationRoleIds": [admin]})).status_code == 204
    assert (await client.delete(f"{own}/{admin}")).status_code == 204
    assert said(await client.delete(f"{own}/{admin}")) == (404, "entity.not_found")
    machine = await client.post(own, json={"organizationRoleIds": [robot]})
    assert said(machine) == (422, "entity.db_constraint_violated")
    relation = (422, "entity.relation_foreign_key_not_found")
    assert said(await client.put(own, json={"organizationRoleIds": ["no"]})) == relation
    stranger = {"userIds": [bea], "organizationRoleIds": [admin]}
    assert said(await client.post(bulk, json=stranger)) == relation
    outside = await client.get(f"/api/organizations/{org}/users/{bea}/roles")
    assert said(outside) == (422, "organization.require_membership")


async def test_a_persons_organizations_are_listed_with_roles(client: httpx.AsyncClient) -> None:
    org, ana = await organization(client, name="Mine"), await person(client)
    role = (await post(client, "/organization-roles", {"name": "editor"}))["id"]
    await client.post(f"/api/organizations/{org}/users", json={"userIds": [ana]})
    await client.post(
        f"/api/organizations/{org}/users/{ana}/roles", json={"organizationRoleIds": [role]}
    )

    listed = (await client.get(f"/api/users/{ana}/organizations")).json()

    assert [row["name"] for row in listed] == ["Mine"]
    assert listed[0]["organizationRoles"] == [{"id": role, "name": "editor"}]
    assert said(await client.get("/api/users/nobody/organizations")) == (404, "entity.not_found")
    excluded = await client.get(f"/api/users?excludeOrganizationId={org}")
    assert excluded.json() == []


async def test_roles_have_unique_names(client: httpx.AsyncClient) -> None:
    role = await post(client, "/organization-roles", {"name": "b", "description": "d"})
    await post(client, "/organization-roles", {"name": "a"})
    path = f"/api/organization-roles/{role['id']}"

    assert set(role) == {"tenantId", "id", "name", "description", "type"}
    assert role["type"] == "User"
    unique = (422, "entity.unique_integrity_violation")
    assert said(await client.post("/api/organization-roles", json={"name": "a"})) == unique
    assert said(await client.patch(path, json={"name": "a"})) == unique
    assert (await client.patch(path, json={"description": None})).json()["description"] is None
    assert [row["name"] for row in (await client.get("/api/organization-roles")).json()] == [
        "a",
        "b",
    ]
    unknown = {"name": "c", "resourceScopeIds": ["nope"]}
    relation = (422, "entity.relation_foreign_key_not_found")
    assert said(await client.post("/api/organization-roles", json=unknown)) == relation
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_found")
    assert said(await client.get(path)) == (404, "entity.not_found")
    assert said(await client.patch(path, json={"name": "x"})) == (404, "entity.not_exists")


async def test_domains_whose_people_join(client: httpx.AsyncClient) -> None:
    path = f"/api/organizations/{await organization(client)}/jit/email-domains"

    assert (await client.post(path, json={"emailDomain": "b.example.com"})).status_code == 201
    twice = await client.post(path, json={"emailDomain": "b.example.com"})
    assert said(twice) == (422, "entity.unique_integrity_violation")
    everything = ["c.example.com", "a.example.com"]
    doubled = await client.put(path, json={"emailDomains": [*everything, "a.example.com"]})
    assert said(doubled) == (422, "entity.unique_integrity_violation")
    assert (await client.put(path, json={"emailDomains": everything})).status_code == 204
    domains = [row["emailDomain"] for row in (await client.get(path)).json()]
    assert domains == ["a.example.com", "c.example.com"]
    assert len((await client.get(f"{path}?page=2&page_size=1")).json()) == 1
    assert (await client.delete(f"{path}/a.example.com")).status_code == 204
    assert said(await client.delete(f"{path}/a.example.com")) == (404, "entity.not_found")
    assert (await client.put(path, json={"emailDomains": []})).status_code == 204
    assert (await client.get(path)).json() == []
    too_long = (422, "entity.value_too_long")
    assert said(await client.post(path, json={"emailDomain": "d" * 129})) == too_long
    assert said(await client.put(path, json={"emailDomains": ["d" * 129]})) == too_long
    assert said(await client.post(path, json={"emailDomain": ""})) == (400, "guard.invalid_input")
    nowhere = "/api/organizations/nothing/jit/email-domains"
    relation = (422, "entity.relation_foreign_key_not_found")
    assert (await client.get(nowhere)).json() == []
    assert said(await client.post(nowhere, json={"emailDomain": "a.example.com"})) == relation
    assert said(await client.put(nowhere, json={"emailDomains": ["a.example.com"]})) == relation
    assert (await client.put(nowhere, json={"emailDomains": []})).status_code == 204


async def test_changes_of_membership_are_told(client: httpx.AsyncClient) -> None:
    org, ana, bea = await organization(client), await person(client), await person(client)
    path = f"/api/organizations/{org}/users"
    async with HttpSink() as sink:
        events = ["Organization.Membership.Updated", "Organization.Deleted"]
        await post(client, "/hooks", {"events": events, "config": {"url": sink.url}})
        await client.post(path, json={"userIds": [ana]})
        await client.put(path, json={"userIds": [bea]})
        await client.delete(f"/api/organizations/{org}")
        for _ in range(100):
            if len(sink.requests) == 3:
                break
            await asyncio.sleep(0.05)

    told = {
        tuple(request.json().get("addedUserIds", [])): request.json() for request in sink.requests
    }
    first, second, gone = told[ana,], told[bea,], told[()]
    assert (first["organizationId"], "removedUserIds" in first, "data" in first) == (
        org,
        False,
        False,
    )
    assert second["removedUserIds"] == [ana]
    assert second["matchedRoute"] == "/organizations/:id/users"
    assert (gone["event"], gone["data"]["id"]) == ("Organization.Deleted", org)


async def test_one_person_is_added_once_however_often_at_once(client: httpx.AsyncClient) -> None:
    org, ana = await organization(client), await person(client)
    path = f"/api/organizations/{org}/users"

    answers = await asyncio.gather(
        *(client.post(path, json={"userIds": [ana]}) for _ in range(8)),
        *(client.put(path, json={"userIds": [ana]}) for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} == {201, 204}
    assert len((await client.get(path)).json()) == 1


async def test_a_member_and_a_deletion_at_once_leave_nothing_half_done(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(5):
        org, ana = await organization(client), await person(client)
        joined, deleted = await asyncio.gather(
            client.post(f"/api/organizations/{org}/users", json={"userIds": [ana]}),
            client.delete(f"/api/users/{ana}"),
        )
        assert deleted.status_code == 204
        assert joined.status_code in {201, 422}
        assert (await client.get(f"/api/organizations/{org}/users")).json() == []
