"""What is answered where there is nothing, to who asks for the state, and what is not offered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from carteiro.app import create_app
from carteiro.settings import Settings, read_settings
from wire_parts import made, made_id, said


@pytest.fixture
async def keyed(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a deployment with several tenants and a key for its state."""
    changes = {"status_api_key": SecretStr("k3y"), "tenant_domain": "carteiro.test"}
    app = create_app(settings.model_copy(update=changes))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://carteiro.test") as made_:
            yield made_


@pytest.mark.parametrize(
    "path",
    ["/api/nope", "/api/connectors/a/b", "/api/connectors/", "/api/", "/api", "/api/.well-known/x"],
)
async def test_an_unknown_path_below_the_api_is_an_error_in_json(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    answer = await anonymous.get(path)

    assert said(answer) == (404, "request.route_not_found")
    assert set(answer.json()) == {"code", "message"}


async def test_a_method_that_a_path_does_not_take_is_an_error_in_json(
    anonymous: httpx.AsyncClient,
) -> None:
    wrong = await anonymous.delete("/api/connectors")
    unknown = await anonymous.request("BREW", "/api/connectors")

    assert said(wrong) == (405, "request.method_not_allowed")
    assert wrong.headers["Allow"] == "GET, OPTIONS, POST"
    assert said(unknown) == (501, "request.method_not_implemented")


async def test_the_tenant_is_told_to_who_has_the_key(keyed: httpx.AsyncClient) -> None:
    header = "logto-status-api-key"

    known = await keyed.get("/api/status", headers={header: "k3y"})
    acme = await keyed.get("http://acme.carteiro.test/api/status", headers={header: "k3y"})

    assert (known.status_code, known.content) == (204, b"")
    assert known.headers["logto-tenant-id"] == "default"
    assert acme.headers["logto-tenant-id"] == "acme"


@pytest.mark.parametrize("key", [None, "", "k3", "k3yy", "K3Y", "k3ý"])
async def test_the_tenant_is_told_to_nobody_else(keyed: httpx.AsyncClient, key: str | None) -> None:
    headers = {} if key is None else {"logto-status-api-key": key.encode("latin-1")}

    answer = await keyed.get("/api/status", headers=headers)

    assert answer.status_code == 204
    assert "logto-tenant-id" not in answer.headers


async def test_without_a_key_the_tenant_is_told_to_nobody(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/status", headers={"logto-status-api-key": ""})

    assert (answer.status_code, "logto-tenant-id" in answer.headers) == (204, False)


def test_the_key_is_read_from_the_environment_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CARTEIRO_STATUS_API_KEY", "k3y")

    settings = read_settings()

    assert settings.status_api_key is not None
    assert settings.status_api_key.get_secret_value() == "k3y"
    assert "k3y" not in repr(settings)


async def test_where_people_reach_a_tenant_is_told_to_anybody(
    anonymous: httpx.AsyncClient,
) -> None:
    answers = [
        await anonymous.get(f"/api/.well-known/endpoints/{tenant}")
        for tenant in ("default", "whoever")
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"user": "http://carteiro.test/"})
    ] * 2


async def test_each_of_several_tenants_is_reached_by_its_own_name(
    keyed: httpx.AsyncClient,
) -> None:
    default = await keyed.get("/api/.well-known/endpoints/default")
    acme = await keyed.get("/api/.well-known/endpoints/acme")
    odd = await keyed.get("/api/.well-known/endpoints/evil.example%2F")

    assert default.json() == {"user": "http://carteiro.test/"}
    assert acme.json() == {"user": "http://acme.carteiro.test/"}
    assert odd.status_code in {400, 404}


@pytest.mark.parametrize("kind", ["Native", "SPA"])
async def test_an_application_in_peoples_hands_keeps_no_secret(
    client: httpx.AsyncClient, kind: str
) -> None:
    id_ = await made_id(client, "/applications", {"name": "A", "type": kind})
    path = f"/api/applications/{id_}/secrets"

    answer = await client.post(path, json={"name": "s"})

    assert said(answer) == (422, "entity.db_constraint_violated")
    assert (await client.get(path)).json() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"type": "Protected"}, "Protected applications are not offered"),
        (
            {"type": "Native", "customClientMetadata": {"isDeviceFlow": True}},
            "device flow (isDeviceFlow) is not offered",
        ),
        (
            {"type": "SPA", "appLevelAccessControlEnabled": True},
            "(appLevelAccessControlEnabled) is not offered",
        ),
    ],
)
async def test_what_would_never_work_is_refused_in_words(
    client: httpx.AsyncClient, body: dict[str, Any], words: str
) -> None:
    before = (await client.get("/api/applications")).json()

    answer = await client.post("/api/applications", json={"name": "A", **body})

    assert said(answer) == (422, "request.feature_not_supported")
    assert words in answer.json()["message"]
    assert (await client.get("/api/applications")).json() == before


@pytest.mark.parametrize(
    "change",
    [{"customClientMetadata": {"isDeviceFlow": True}}, {"appLevelAccessControlEnabled": True}],
    ids=["device-flow", "access-control"],
)
async def test_an_application_does_not_become_what_is_not_offered(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    off = {
        "customClientMetadata": {"isDeviceFlow": False},
        "appLevelAccessControlEnabled": False,
    }
    application = await made(client, "/applications", {"name": "A", "type": "Native", **off})
    path = f"/api/applications/{application['id']}"
    again = await client.patch(path, json=off)

    answer = await client.patch(path, json={"name": "B", **change})

    assert said(answer) == (422, "request.feature_not_supported")
    kept = (await client.get(path)).json()
    assert again.status_code == 200
    assert {"name": "A", **off}.items() <= kept.items()
