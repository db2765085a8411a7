"""`/api/applications`, `/api/roles`, `/api/resources` and what tokens carry (§1.2, §2.7)."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from carteiro.model.management import ManagementScope
from carteiro.testing.clock import FrozenClock

FIELDS = {
    "tenantId",
    "id",
    "name",
    "description",
    "type",
    "oidcClientMetadata",
    "customClientMetadata",
    "protectedAppMetadata",
    "customData",
    "isThirdParty",
    "appLevelAccessControlEnabled",
    "createdAt",
}
RESOURCE = "https://api.example.com"


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int = 200) -> Any:
    answer = await client.post(f"/api{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def machine(client: httpx.AsyncClient) -> str:
    body = {"name": "Backend", "type": "MachineToMachine"}
    return str((await post(client, "/applications", body))["id"])


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def token(
    client: httpx.AsyncClient, id: str, secret: str, *, resource: str = RESOURCE, scope: str = ""
) -> httpx.Response:
    form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
    return await client.post("/oidc/token", data=form, auth=(id, secret))


@pytest.mark.parametrize("kind", ["Native", "SPA", "Traditional", "MachineToMachine"])
async def test_an_application_of_each_type(client: httpx.AsyncClient, kind: str) -> None:
    made = await post(client, "/applications", {"name": "App", "type": kind, "x": 1})
    secrets = (await client.get(f"/api/applications/{made['id']}/secrets")).json()

    assert set(made) == FIELDS
    assert (len(made["id"]), made["type"], made["isThirdParty"]) == (21, kind, False)
    assert made["oidcClientMetadata"] == {"redirectUris": [], "postLogoutRedirectUris": []}
    keeps = kind in {"Traditional", "MachineToMachine"}
    assert [secret["name"] for secret in secrets] == (["Default secret"] if keeps else [])
    read = (await client.get(f"/api/applications/{made['id']}")).json()
    assert read == {**made, "isAdmin": False}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "guard.invalid_input"),
        ({"name": "", "type": "SPA"}, "guard.invalid_input"),
        ({"name": "n" * 257, "type": "SPA"}, "guard.invalid_input"),
        ({"name": "n", "type": "Robot"}, "guard.invalid_input"),
        ({"name": "n", "type": "SAML"}, "application.saml.use_saml_app_api"),
        (
            {"name": "n", "type": "MachineToMachine", "isThirdParty": True},
            "application.invalid_third_party_application_type",
        ),
        (
            {"name": "n", "type": "SPA", "customClientMetadata": {"idTokenTtl": 0}},
            "guard.invalid_input",
        ),
        (
            {"name": "n", "type": "SPA", "customClientMetadata": {"corsAllowedOrigins": ["x"]}},
            "guard.invalid_input",
        ),
        ({"name": "n", "type": "SPA", "oidcClientMetadata": {}}, "guard.invalid_input"),
    ],
)
async def test_a_bad_application_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    assert said(await client.post("/api/applications", json=body)) == (400, code)


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("https://example.com/cb", True),
        ("http://localhost:3000/cb?x=1", True),
        ("com.example.app://callback", True),
        ("io.logto.native:/callback", True),
        ("/callback", False),
        ("https://", False),
        ("https://example.com/#part", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("https://exa mple.com", False),
        ("//example.com", False),
    ],
)
async def test_where_people_may_be_sent_back_to(
    client: httpx.AsyncClient, uri: str, good: bool
) -> None:
    metadata = {"redirectUris": [uri], "postLogoutRedirectUris": []}

    answer = await client.post(
        "/api/applications", json={"name": "n", "type": "Native", "oidcClientMetadata": metadata}
    )

    assert answer.status_code == (200 if good else 400)


async def test_an_application_is_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await post(
        client, "/applications", {"name": "App", "type": "SPA", "customData": {"a": 1}}
    )
    path = f"/api/applications/{made['id']}"

    changed = await client.patch(
        path, json={"description": "D", "type": "Native", "isThirdParty": True}
    )
    unchanged = await client.patch(path, json={})
    merged = await client.patch(f"{path}/custom-data", json={"b": 2})

    assert changed.json() == {**made, "description": "D"} == unchanged.json()
    assert merged.json() == {"a": 1, "b": 2}
    admin = await client.patch(path, json={"isAdmin": True})
    assert said(admin) == (422, "application.invalid_type")
    assert (await client.delete(path)).status_code == 204
    for answer in (
        await client.delete(path),
        await client.get(path),
        await client.patch(path, json={"name": "x"}),
        await client.patch(f"{path}/custom-data", json={}),
        await client.get(f"{path}/secrets"),
        await client.get(f"{path}/sign-in-experience"),
        await client.put(f"{path}/sign-in-experience", json={}),
        await client.get(f"{path}/roles"),
    ):
        assert said(answer) == (404, "entity.not_exists_with_id")


@pytest.mark.parametrize("id", ["demo-app", "account-center", "device-demo-app"])
async def test_built_in_applications_are_there_and_in_no_list(
    client: httpx.AsyncClient, id: str
) -> None:
    assert (await client.get(f"/api/applications/{id}")).json()["id"] == id
    assert id not in [row["id"] for row in (await client.get("/api/applications")).json()]


async def test_the_list_is_filtered(client: httpx.AsyncClient, credentials: Any) -> None:
    await post(client, "/applications", {"name": "100% app", "type": "SPA", "isThirdParty": True})
    await post(client, "/applications", {"name": "Native", "type": "Native"})

    async def names(query: str) -> list[str]:
        answer = await client.get(f"/api/applications?{query}")
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()]

    assert await names("") == ["Native", "100% app", "Tests"]
    assert await names("types=SPA&types=Native") == ["Native", "100% app"]
    assert await names("isThirdParty=true") == ["100% app"]
    assert await names("search=%25NATIVE%25") == ["Native"]
    assert await names("search=100\\%25%25") == ["100% app"]
    assert await names("excludeRoleId=admin-role") == ["Native", "100% app"]
    paged = await client.get("/api/applications?page=1&page_size=1")
    assert (len(paged.json()), paged.headers["Total-Number"]) == (1, "3")
    both = await client.get("/api/applications?excludeRoleId=a&excludeOrganizationId=b")
    assert said(both) == (400, "request.invalid_input")


async def test_how_an_applications_pages_look(client: httpx.AsyncClient) -> None:
    made = await post(client, "/applications", {"name": "App", "type": "SPA"})
    path = f"/api/applications/{made['id']}/sign-in-experience"

    missing = await client.get(path)
    first = await client.put(
        path, json={"displayName": "Shown", "branding": {"logoUrl": "https://e.com/l"}}
    )
    second = await client.put(path, json={"termsOfUseUrl": "", "color": {"primaryColor": "#fff"}})

    assert said(missing) == (404, "entity.not_exists_with_id")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {
        "tenantId": "default",
        "applicationId": made["id"],
        "color": {"primaryColor": "#fff"},
        "branding": {"logoUrl": "https://e.com/l"},
        "customCss": None,
        "termsOfUseUrl": None,
        "privacyPolicyUrl": None,
        "displayName": "Shown",
    }
    assert (await client.get(path)).json() == second.json()
    for bad in (
        {"displayName": "d" * 257},
        {"termsOfUseUrl": "nope"},
        {"branding": {"favicon": "x"}},
    ):
        assert said(await client.put(path, json=bad)) == (400, "guard.invalid_input")


async def test_secrets_come_go_expire_and_have_unique_names(
    client: httpx.AsyncClient, app: Any
) -> None:
    id_ = await machine(client)
    path = f"/api/applications/{id_}/secrets"
    now = app.state.world.clock.now()

    made = await post(
        client, f"/applications/{id_}/secrets", {"name": "s", "expiresAt": now + 60_000}, 201
    )
    twice = await asyncio.gather(*(client.post(path, json={"name": "t"}) for _ in range(5)))

    assert set(made) == {"tenantId", "applicationId", "name", "value", "createdAt", "expiresAt"}
    assert re.fullmatch(r"[0-9A-Za-z]{32}", made["value"])
    assert sorted(answer.status_code for answer in twice) == [201, *[422] * 4]
    assert {a.json()["code"] for a in twice if a.status_code == 422} == {
        "application.secret_name_exists"
    }
    assert (await client.patch(f"{path}/s", json={"name": "u"})).json() == {**made, "name": "u"}
    taken = await client.patch(f"{path}/u", json={"name": "t"})
    assert said(taken) == (422, "application.secret_name_exists")
    assert said(await client.post(path, json={"name": "v", "expiresAt": 1})) == (
        400,
        "request.invalid_input",
    )
    assert said(await client.post(path, json={"name": ""})) == (400, "guard.invalid_input")
    assert (
        await token(client, id_, made["value"], resource="https://default.logto.app/api")
    ).status_code == 200
    object.__setattr__(app.state.world, "clock", FrozenClock(now + 61_000))  # time passes
    expired = await token(client, id_, made["value"], resource="https://default.logto.app/api")
    assert expired.json()["error_description"] == "client secret has expired"
    assert (await client.delete(f"{path}/u")).status_code == 204
    assert said(await client.delete(f"{path}/u")) == (404, "entity.not_found")
    spa = await post(client, "/applications", {"name": "App", "type": "SPA"})
    no = await client.post(f"/api/applications/{spa['id']}/secrets", json={"name": "x"})
    assert said(no) == (422, "entity.db_constraint_violated")


# --- roles, resources and tokens --------------------------------------------------------------


async def resource(client: httpx.AsyncClient, *scopes: str) -> tuple[str, dict[str, str]]:
    made = await post(
        client, "/resources", {"name": "API", "indicator": RESOURCE, "accessTokenTtl": 60}, 201
    )
    ids = {}
    for name in scopes:
        body = await post(client, f"/resources/{made['id']}/scopes", {"name": name}, 201)
        ids[name] = body["id"]
    return made["id"], ids


async def test_a_token_carries_what_the_roles_give_and_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    _, scopes = await resource(client, "read", "write", "delete")
    given = [scopes["read"], scopes["write"]]
    body = {"name": "worker", "description": "d", "type": "MachineToMachine", "scopeIds": given}
    role = await post(client, "/roles", body)
    id_ = await machine(client)
    secret = (await client.get(f"/api/applications/{id_}/secrets")).json()[0]["value"]
    assigned = await client.post(f"/api/applications/{id_}/roles", json={"roleIds": [role["id"]]})
    again = await client.post(f"/api/applications/{id_}/roles", json={"roleIds": [role["id"]]})

    answer = await token(client, id_, secret, scope="read delete read")
    silent = await token(client, id_, secret)
    unknown = await token(client, id_, secret, resource="https://nowhere.example.com")

    assert (assigned.status_code, assigned.json()) == (
        201,
        {"roleIds": [role["id"]], "addedRoleIds": [role["id"]]},
    )
    assert again.json()["addedRoleIds"] == []
    assert (answer.json()["scope"], answer.json()["expires_in"]) == ("read", 60)
    assert "scope" not in silent.json()
    assert unknown.json()["error"] == "invalid_target"
    keys = (await client.get("/oidc/jwks")).json()
    claims = jwt.decode(
        answer.json()["access_token"],
        KeySet.import_key_set(keys),
        algorithms=["ES384"],
    ).claims
    assert (claims["aud"], claims["scope"], claims["sub"]) == (RESOURCE, "read", id_)
    assert claims["exp"] - claims["iat"] == 60
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = await client.get("/api/hooks", headers=headers)
    assert said(refused) == (401, "auth.unauthorized")


async def test_the_management_role_lets_a_machine_in(client: httpx.AsyncClient) -> None:
    id_ = await machine(client)
    secret = (await client.get(f"/api/applications/{id_}/secrets")).json()[0]["value"]
    audience = "https://default.logto.app/api"
    listed = (await client.get("/api/roles")).json()
    access = next(role for role in listed if role["name"] == "Logto Management API access")

    before = (await token(client, id_, secret, resource=audience, scope="all")).json()
    await client.put(f"/api/applications/{id_}/roles", json={"roleIds": [access["id"]]})
    after = (await token(client, id_, secret, resource=audience, scope="all")).json()["scope"]
    await client.put(f"/api/applications/{id_}/roles", json={"roleIds": []})
    await client.patch(f"/api/applications/{id_}", json={"isAdmin": True})
    admin = (await token(client, id_, secret, resource=audience, scope="all")).json()["scope"]
    await client.put(f"/api/applications/{id_}/roles", json={"roleIds": []})

    assert ("scope" in before, after, admin) == (False, "all", "all")
    assert not [role for role in listed if role["name"].startswith("#internal")]
    assert (await client.get(f"/api/applications/{id_}")).json()["isAdmin"] is True
    assert (await client.get(f"/api/applications/{id_}/roles")).json() == []


async def test_roles_are_kept_apart_by_type(client: httpx.AsyncClient) -> None:
    person_role = (await post(client, "/roles", {"name": "p", "description": "d"}))["id"]
    machine_role = (
        await post(client, "/roles", {"name": "m", "description": "d", "type": "MachineToMachine"})
    )["id"]
    app, user = await machine(client), (await post(client, "/users", {}))["id"]
    spa = (await post(client, "/applications", {"name": "A", "type": "SPA"}))["id"]

    async def give(path: str, role: str) -> httpx.Response:
        return await client.post(f"/api{path}/roles", json={"roleIds": [role]})

    assert said(await give(f"/applications/{app}", person_role)) == (
        422,
        "application.invalid_role_type",
    )
    assert said(await give(f"/users/{user}", machine_role)) == (422, "user.invalid_role_type")
    assert said(await give(f"/applications/{spa}", machine_role)) == (
        422,
        "application.invalid_type",
    )
    assert said(await give(f"/applications/{app}", "nope")) == (
        404,
        "entity.relation_foreign_key_not_found",
    )
    assert said(await give(f"/applications/{app}", "admin-role")) == (
        403,
        "role.internal_role_violation",
    )
    assert said(await give("/users/nobody", person_role)) == (404, "entity.not_found")
    assert (await give(f"/users/{user}", person_role)).status_code == 201
    assert [role["id"] for role in (await client.get(f"/api/users/{user}/roles")).json()] == [
        person_role
    ]
    assert (await client.get(f"/api/users?excludeRoleId={person_role}")).json() == []
    assert (await client.delete(f"/api/users/{user}/roles/{person_role}")).status_code == 204
    gone = await client.delete(f"/api/users/{user}/roles/{person_role}")
    assert said(gone) == (404, "entity.not_found")


async def test_somebody_new_has_the_default_roles(client: httpx.AsyncClient) -> None:
    await post(client, "/roles", {"name": "everybody", "description": "d", "isDefault": True})
    await post(client, "/roles", {"name": "nobody", "description": "d"})
    machine_role = {"name": "m", "description": "d", "type": "MachineToMachine", "isDefault": True}
    await post(client, "/roles", machine_role)

    user = (await post(client, "/users", {}))["id"]

    held = (await client.get(f"/api/users/{user}/roles")).json()
    assert [role["name"] for role in held] == ["everybody"]


async def test_roles_and_their_rules(client: httpx.AsyncClient) -> None:
    _, scopes = await resource(client, "read")
    role = await post(
        client, "/roles", {"name": "a", "description": "d", "scopeIds": [scopes["read"]]}
    )
    await post(client, "/roles", {"name": "b", "description": "d"})
    path = f"/api/roles/{role['id']}"

    assert set(role) == {"tenantId", "id", "name", "description", "type", "isDefault"}
    assert [row["name"] for row in (await client.get(f"{path}/scopes")).json()] == ["read"]
    assert said(await client.patch(path, json={"name": "b"})) == (422, "role.name_in_use")
    assert said(await client.post("/api/roles", json={"name": "a", "description": "d"})) == (
        422,
        "role.name_in_use",
    )
    internal = {"name": "#internal:x", "description": "d"}
    assert said(await client.post("/api/roles", json=internal)) == (
        403,
        "role.internal_role_violation",
    )
    assert said(await client.delete("/api/roles/admin-role")) == (
        403,
        "role.internal_role_violation",
    )
    manage = await client.post(f"{path}/scopes", json={"scopeIds": ["management-api-all"]})
    assert said(manage) == (400, "role.management_api_scopes_not_assignable_to_user_role")
    twice = await client.post(f"{path}/scopes", json={"scopeIds": [scopes["read"]]})
    assert said(twice) == (422, "role.scope_exists")
    assert (await client.patch(path, json={})).json() == role
    searched = await client.get("/api/roles?search=A&type=User")
    assert [row["name"] for row in searched.json()] == ["a"]
    assert (await client.delete(f"{path}/scopes/{scopes['read']}")).status_code == 204
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_exists_with_id")
    assert said(await client.get(path)) == (404, "entity.not_exists_with_id")
    assert said(await client.delete(f"{path}/scopes/any")) == (404, "entity.not_found")


async def test_resources_and_their_rules(client: httpx.AsyncClient) -> None:
    id_, scopes = await resource(client, "read")
    path = f"/api/resources/{id_}"

    read = (await client.get(path)).json()
    assert read == {
        "tenantId": "default",
        "id": id_,
        "name": "API",
        "indicator": RESOURCE,
        "isDefault": False,
        "accessTokenTtl": 60,
    }
    taken = await client.post("/api/resources", json={"name": "x", "indicator": RESOURCE})
    assert said(taken) == (422, "resource.resource_identifier_in_use")
    for bad in ("", "relative", "https://a.b/#f", "https://a b"):
        answer = await client.post("/api/resources", json={"name": "x", "indicator": bad})
        assert said(answer) == (400, "guard.invalid_input")
    assert (await client.patch(path, json={"name": "N", "indicator": "x"})).json() == {
        **read,
        "name": "N",
    }
    assert said(await client.post(f"{path}/scopes", json={"name": "read"})) == (
        422,
        "scope.name_exists",
    )
    assert said(await client.post(f"{path}/scopes", json={"name": "a b"})) == (
        400,
        "scope.name_with_space",
    )
    scope = f"{path}/scopes/{scopes['read']}"
    assert (await client.patch(scope, json={"description": "d"})).json()["description"] == "d"
    listed = (await client.get("/api/resources?includeScopes=true")).json()
    management, own = [[s["name"] for s in row["scopes"]] for row in listed]
    assert (management, own) == (["all", *sorted(ManagementScope)], ["read"])
    own = "/api/resources/management-api"
    assert said(await client.delete(own)) == (400, "resource.cannot_delete_management_api")
    assert said(await client.patch(own, json={"name": "x"})) == (
        400,
        "resource.cannot_modify_management_api",
    )
    more = await client.post(f"{own}/scopes", json={"name": "x"})
    assert said(more) == (400, "resource.cannot_modify_management_api")
    assert (await client.delete(scope)).status_code == 204
    assert said(await client.delete(scope)) == (404, "entity.not_found")
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_found")
    assert said(await client.get(path)) == (404, "entity.not_exists_with_id")
    orphan = await client.post(f"{path}/scopes", json={"name": "x"})
    assert said(orphan) == (404, "entity.not_exists_with_id")
