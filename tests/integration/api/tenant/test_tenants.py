"""Several tenants behind one server: by host name, and nothing of one is seen by another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from carteiro.app import create_app
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.settings import Settings


@pytest.fixture
async def clients(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    several = settings.model_copy(update={"tenant_domain": "carteiro.test"})
    app = create_app(several)
    async with app.router.lifespan_context(app):
        world = app.state.world
        made = []
        for tenant in ("acme", "umbrella"):
            await create_tenant(world, tenant, name=tenant)
            credentials = await create_application(world, tenant, name="x", is_admin=True)
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(
                transport=transport, base_url=f"http://{tenant}.carteiro.test"
            )
            form = {
                "grant_type": "client_credentials",
                "resource": credentials.resource,
                "scope": "all",
            }
            auth = (credentials.id, credentials.secret)
            token = (await client.post("/oidc/token", data=form, auth=auth)).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            made.append(client)
        yield made[0], made[1]
        for client in made:
            await client.aclose()


async def test_rows_of_one_tenant_are_invisible_to_another(clients: Any) -> None:
    acme, umbrella = clients
    template = {
        "languageTag": "en",
        "templateType": "Generic",
        "details": {"subject": "S", "content": "C"},
    }
    row = (await acme.put("/api/email-templates", json={"templates": [template]})).json()[0]
    connector = (await acme.post("/api/connectors", json={"connectorId": "logto-email"})).json()
    await acme.patch("/api/sign-in-exp", json={"customCss": "a{}"})
    await acme.put("/api/custom-phrases/nl-NL", json={})

    assert row["tenantId"] == "acme"
    for path in ("/api/email-templates", "/api/connectors", "/api/custom-phrases"):
        assert (await umbrella.get(path)).json() == []
    assert (await umbrella.get("/api/sign-in-exp")).json()["customCss"] is None
    for method, path in (
        ("GET", f"/api/email-templates/{row['id']}"),
        ("DELETE", f"/api/email-templates/{row['id']}"),
        ("GET", f"/api/connectors/{connector['id']}"),
        ("PATCH", f"/api/connectors/{connector['id']}"),
        ("DELETE", f"/api/connectors/{connector['id']}"),
        ("DELETE", "/api/custom-phrases/nl-NL"),
    ):
        assert (await umbrella.request(method, path)).status_code == 404
    assert (await umbrella.delete("/api/email-templates?languageTag=en")).json() == {"rowCount": 0}
    assert len((await acme.get("/api/email-templates")).json()) == 1


async def test_a_token_of_one_tenant_is_refused_by_another(clients: Any) -> None:
    acme, umbrella = clients

    answer = await umbrella.get(
        "/api/connectors", headers={"Authorization": acme.headers["Authorization"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.unauthorized")


async def test_a_code_of_one_tenant_is_unknown_to_another(clients: Any) -> None:
    acme, umbrella = clients
    import re

    for client in clients:
        await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await acme.post("/api/verification-codes", json={"email": "a@example.com"})
    subject = (await acme.get("/api/mailbox")).json()[0]["subject"]
    body = {"email": "a@example.com", "verificationCode": re.search(r"\d{6}", subject)[0]}

    assert (await umbrella.post("/api/verification-codes/verify", json=body)).status_code == 400
    assert (await acme.post("/api/verification-codes/verify", json=body)).status_code == 204


@pytest.mark.parametrize("host", ["nope.carteiro.test", "evil.test", "a.b.carteiro.test"])
async def test_an_unknown_tenant_is_plain_404(clients: Any, host: str) -> None:
    answer = await clients[0].get("/api/connectors", headers={"Host": host})

    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_the_issuer_is_the_tenants_own(clients: Any) -> None:
    document = (await clients[0].get("/oidc/.well-known/openid-configuration")).json()

    assert document["issuer"] == "http://acme.carteiro.test/oidc"
