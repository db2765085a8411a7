"""Who may do what: every route of the management API by every scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from access_parts import token
from carteiro.api.hot import HotRoute
from carteiro.api.route import ManagementRoute
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import scope_of
from carteiro.model.management import DESCRIPTIONS, ManagementScope
from management_calls import CALLS, make

SCOPES = [scope.value for scope in ManagementScope]
ALONE = {
    "/applications",
    "/roles",
    "/resources",
    "/hooks",
    "/captcha-provider",
}
"""Where a scope would give a caller more than it has, show secrets or send data elsewhere."""


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of everything that wants a token."""
    secured = [
        route
        for route in app.routes
        if isinstance(route, ManagementRoute)
        or (isinstance(route, HotRoute) and route.operation.secured)
    ]
    return [
        (method, route.path) for route in secured for method in sorted(route.methods - {"HEAD"})
    ]


async def test_every_scope_is_described_and_opens_something(app: Any) -> None:
    asked = {scope for method, path in routes(app) for scope in expected(method, path)}

    assert asked == set(SCOPES)
    assert set(DESCRIPTIONS) == set(ManagementScope)


async def test_a_route_takes_its_own_scope_and_all_and_nothing_else(
    anonymous: httpx.AsyncClient, app: Any
) -> None:
    """What a body says is not looked at before the scope is: 403 is the scope's, and only its."""
    tokens = {scope: await token(app, scope) for scope in SCOPES}
    tokens["several"] = await token(app, "unknown:scope openid")
    known = routes(app)

    for method, path in known:
        allowed = {
            scope
            for scope, headers in tokens.items()
            if await permitted(anonymous, method, path, headers)
        }
        assert allowed == expected(method, path), (method, path)

    assert len(known) > 120


async def permitted(
    client: httpx.AsyncClient, method: str, path: str, headers: Mapping[str, str]
) -> bool:
    answer = await client.request(method, path, headers=headers, content=b"{")
    return "auth.forbidden" not in answer.text


def expected(method: str, path: str) -> set[str]:
    """From the words of a path, beside the table."""
    rest = path.removeprefix("/api")
    if any(rest == root or rest.startswith(f"{root}/") for root in ALONE):
        return set()
    writes = method != "GET" and not rest.startswith(
        ("/email-templates/preview", "/email-templates/lint")
    )
    first = rest.split("/")[1]
    if first == "users" and rest.split("/")[3:4] == ["roles"]:
        return set() if writes else {"people:read"}
    if first == "dashboard":
        return {"people:read"}
    if writes and (
        "/resource-scopes" in rest or rest.startswith("/organizations/{id}/applications")
    ):
        return set()
    area = {
        "users": "people",
        "sentinel-activities": "people",
        "email-templates": "templates",
        "mail-languages": "templates",
        "email-template-drafts": "templates",
        "email-template-histories": "templates",
        "connectors": "connectors",
        "connector-factories": "connectors",
        "dkim-keys": "connectors",
        "senders": "connectors",
        "messages": "messages",
        "suppressions": "messages",
        "logs": "logs",
        "verification-codes": "codes",
        "confirmations": "codes",
        "one-time-tokens": "links",
        "organization-invitations": "invitations",
        "organizations": "organizations",
        "organization-roles": "organizations",
        "organization-scopes": "organizations",
        "sign-in-exp": "settings",
        "custom-phrases": "settings",
        "account-center": "settings",
        "configs": "settings",
        "protection": "settings",
        "notices": "settings",
        "delivery": "settings",
        "overrides": "templates" if "/template" in rest else "connectors",
    }[first]
    if rest.startswith(("/delivery/fallback", "/delivery/reserved-connectors")):
        area = "connectors"
    if rest == "/delivery/status":
        area = "messages"
    return {f"{area}:{'write' if writes else 'read'}"}


def test_a_part_that_names_no_scope_is_for_all_alone() -> None:
    part = ApiRouter(tag="Something new")

    part.add_api_route("/something-new", lambda: None, methods=["GET", "POST"])

    (route,) = part.routes
    assert isinstance(route, ManagementRoute)
    assert {scope_of(method, route.needs) for method in ("GET", "POST")} == {None}


async def test_a_role_gives_a_scope_and_no_more(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, app: Any
) -> None:
    machine = {"name": "Editor", "type": "MachineToMachine"}
    application = (await client.post("/api/applications", json=machine)).json()["id"]
    role = {
        "name": "editor",
        "description": "Edits templates.",
        "type": "MachineToMachine",
        "scopeIds": ["m-templates-read", "m-templates-write"],
    }
    made = (await client.post("/api/roles", json=role)).json()["id"]
    await client.post(f"/api/applications/{application}/roles", json={"roleIds": [made]})
    secrets = (await client.get(f"/api/applications/{application}/secrets")).json()
    answer = await client.post(
        "/oidc/token",
        data={
            "grant_type": "client_credentials",
            "resource": "https://default.logto.app/api",
            "scope": "all templates:write connectors:read templates:read",
        },
        auth=(application, secrets[0]["value"]),
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    template = {
        "languageTag": "en",
        "templateType": "Generic",
        "details": {"subject": "S", "content": "{{code}}"},
    }

    written = await client.put(
        "/api/email-templates", json={"templates": [template]}, headers=headers
    )
    refused = {
        path: (await client.get(path, headers=headers)).status_code
        for path in ("/api/connectors", "/api/messages", "/api/logs", "/api/users", "/api/roles")
    }

    assert answer.json()["scope"] == "templates:write templates:read"
    assert written.status_code == 200
    assert set(refused.values()) == {403}


async def test_scopes_of_the_management_api_are_not_for_people(client: httpx.AsyncClient) -> None:
    role = {"name": "p", "description": "d", "type": "User"}

    for scope in ["management-api-all", *(scope.id for scope in ManagementScope)]:
        answer = await client.post("/api/roles", json={**role, "scopeIds": [scope]})
        code = "role.management_api_scopes_not_assignable_to_user_role"
        assert answer.json()["code"] == code, scope


async def test_a_refused_write_changes_nothing(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, app: Any
) -> None:
    kept = await make(client, CALLS, {})
    before = (await client.get(f"/api/users/{kept['user']}")).json()
    headers = await token(app, "templates:write templates:read logs:read")

    answers = [
        await client.patch(f"/api/users/{kept['user']}", json={"name": "X"}, headers=headers),
        await client.delete(f"/api/users/{kept['user']}", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert (await client.get(f"/api/users/{kept['user']}")).json() == before


async def test_who_writes_organizations_gives_no_machine_more_than_it_has(
    client: httpx.AsyncClient, app: Any
) -> None:
    kept = await make(client, CALLS, {})
    headers = await token(app, "organizations:write organizations:read")
    managing = {"name": "more", "resourceScopeIds": ["management-api-all"]}
    organization = f"/api/organizations/{kept['organization']}/applications"
    role = f"/api/organization-roles/{kept['machineRole']}"

    refused = [
        await client.post("/api/organization-roles", json=managing, headers=headers),
        await client.post(f"{role}/resource-scopes", json={"scopeIds": ["x"]}, headers=headers),
        await client.post(organization, json={"applicationIds": ["x"]}, headers=headers),
        await client.put(
            f"{organization}/{kept['machine']}/roles",
            json={"organizationRoleIds": [kept["machineRole"]]},
            headers=headers,
        ),
    ]
    allowed = [
        await client.post("/api/organization-roles", json={"name": "n"}, headers=headers),
        await client.post(
            "/api/organization-roles", json={"name": "m", "resourceScopeIds": []}, headers=headers
        ),
        await client.get(organization, headers=headers),
        await client.get(f"{role}/resource-scopes", headers=headers),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert [answer.status_code for answer in allowed] == [201, 201, 200, 200]


@pytest.fixture
async def smtp(client: httpx.AsyncClient) -> str:
    config = {
        "host": "smtp.example.com",
        "port": 587,
        "fromEmail": "a@example.com",
        "auth": {"type": "login", "user": "u", "pass": "very-secret-word"},
        "templates": [
            {"usageType": kind, "contentType": "text/plain", "subject": "S", "content": "{{code}}"}
            for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
        ],
    }
    body = {"connectorId": "simple-mail-transfer-protocol", "config": config}
    made = await client.post("/api/connectors", json=body)
    assert made.status_code == 200, made.text
    assert made.json()["config"]["auth"]["pass"] == "very-secret-word"
    connector: str = made.json()["id"]
    return connector


async def test_secrets_of_a_connector_are_shown_to_all_alone(
    client: httpx.AsyncClient, app: Any, smtp: str
) -> None:
    headers = await token(app, "connectors:read connectors:write")

    shown = [
        await client.get("/api/connectors", headers=headers),
        await client.get(f"/api/connectors/{smtp}", headers=headers),
        await client.patch(f"/api/connectors/{smtp}", json={"syncProfile": False}, headers=headers),
    ]

    assert [answer.status_code for answer in shown] == [200] * 3
    assert not any("very-secret-word" in answer.text for answer in shown)
    assert "very-secret-word" in (await client.get(f"/api/connectors/{smtp}")).text


async def test_who_sees_no_secrets_edits_without_overwriting_all_the_same(
    client: httpx.AsyncClient, app: Any, smtp: str
) -> None:
    headers = await token(app, "connectors:read connectors:write")
    path, change = f"/api/connectors/{smtp}", {"syncProfile": False}
    seen = (await client.get(path, headers=headers)).headers["ETag"]
    whole = (await client.get(path)).headers["ETag"]

    fits = await client.patch(path, json=change, headers={**headers, "If-Match": seen})
    not_its_own = await client.patch(path, json=change, headers={**headers, "If-Match": whole})

    assert [fits.status_code, not_its_own.status_code] == [200, 412]
    assert fits.headers["ETag"] == seen


async def test_a_mask_is_not_filled_in_for_who_may_not_see_what_is_behind(
    client: httpx.AsyncClient, app: Any, smtp: str
) -> None:
    """Else a host of one's own and a mask would bring the secret there."""
    headers = await token(app, "connectors:read connectors:write")
    config = (await client.get(f"/api/connectors/{smtp}", headers=headers)).json()["config"]
    elsewhere = {**config, "host": "127.0.0.1"}

    changed = await client.patch(
        f"/api/connectors/{smtp}", json={"config": elsewhere}, headers=headers
    )
    tested = await client.post(
        "/api/connectors/simple-mail-transfer-protocol/test",
        json={"email": "a@example.com", "config": elsewhere},
        headers=headers,
    )
    by_all = await client.patch(f"/api/connectors/{smtp}", json={"config": config})

    assert [answer.status_code for answer in (changed, tested)] == [403, 403]
    assert changed.json()["code"] == "auth.forbidden"
    assert by_all.json()["config"]["host"] == "smtp.example.com"
    assert by_all.json()["config"]["auth"]["pass"] == "very-secret-word"


def test_the_page_on_backends_names_every_scope() -> None:
    text = (Path(__file__).parents[4] / "docs/how-to/let-a-backend-in.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]

    named = {scope for row in rows for scope in re.findall(r"`([a-z]+:[a-z]+)`", row)}
    assert named == set(SCOPES)


async def test_who_reads_links_sees_no_token(client: httpx.AsyncClient, app: Any) -> None:
    made = (await client.post("/api/one-time-tokens", json={"email": "a@example.com"})).json()
    headers = await token(app, "links:read")

    shown = await client.get("/api/one-time-tokens", headers=headers)

    assert shown.status_code == 200
    assert made["token"] not in shown.text
