"""What holds for every management route that writes: it is on record, and it stays in its tenant."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from carteiro.api.route import ManagementRoute
from carteiro.app import create_app
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.settings import Settings
from management_calls import CALLS, REMOVALS, Call, make, path_of


def shape(method: str, path: str) -> tuple[str, int, str]:
    """A route without the names of its parameters."""
    parts = path.partition("?")[0].split("/")
    plain = ["*" if part.startswith("{") else part for part in parts]
    return method, len(plain), "/".join(plain)


async def rows(app: Any, settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Look into the database beside the application."""
    if settings.sqlite_path is not None:
        connection = sqlite3.connect(settings.sqlite_path)
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(sql)]
        connection.close()
        return found
    link = await asyncpg.connect(settings.database_url)
    found = [dict(row) for row in await link.fetch(sql)]
    await link.close()
    return found


async def test_the_list_holds_every_route_that_writes(app: Any) -> None:
    known = {shape(call.method, f"/api{call.route}") for call in [*CALLS, *REMOVALS]}

    unknown = {
        shape(method, route.path)
        for route in app.routes
        if isinstance(route, ManagementRoute)
        for method in route.methods - {"GET", "HEAD"}
    } - known
    # They need a receiver, a message that waits, a code that came: tests of their own call them.
    assert unknown == {
        shape("POST", "/api/confirmations/{id}/redeem"),
        shape("POST", "/api/confirmations/use"),
        shape("POST", "/api/hooks/{id}/test"),
        shape("POST", "/api/messages/{id}/retry"),
        shape("POST", "/api/messages/{id}/cancel"),
    }


async def test_every_write_is_on_record_with_its_actor(
    client: httpx.AsyncClient, app: Any, settings: Settings, credentials: Any
) -> None:
    made = await rows(app, settings, "SELECT id FROM logs")  # the caller's own application
    seen = {entry["id"] for entry in made}

    async def recorded(call: Call, answer: httpx.Response) -> None:
        entries = await rows(app, settings, "SELECT * FROM logs WHERE key LIKE 'Management.%'")
        fresh = [json.loads(entry["payload"]) for entry in entries if entry["id"] not in seen]
        seen.update(entry["id"] for entry in entries)
        assert bool(fresh) != call.silent, (call, fresh)
        for payload in fresh:
            assert payload["applicationId"] == credentials.id
            assert payload["request"]["method"] == call.method
            assert payload["request"]["status"] == answer.status_code, call
            assert (payload["result"], payload["actor"]) == ("Success", "Application")
        told = [payload for payload in fresh if {"before", "after"} & set(payload)]
        assert call.silent or told == fresh, call
        assert call.method != "DELETE" or any("before" in payload for payload in fresh), call

    kept = await make(client, CALLS, {}, recorded)
    await make(client, REMOVALS, kept, recorded)

    everything = json.dumps(await rows(app, settings, "SELECT payload FROM logs"))
    assert kept["token"] not in everything
    assert "a long and odd passphrase" not in everything


async def test_a_refused_write_is_on_record_with_its_code(
    client: httpx.AsyncClient, app: Any, settings: Settings
) -> None:
    await client.patch("/api/sign-in-exp", json={"signInMode": "Nope"})

    sql = "SELECT payload FROM logs WHERE result = 'Error'"
    [entry] = await rows(app, settings, sql)
    payload = json.loads(entry["payload"])
    assert (payload["key"], payload["result"]) == ("Management.Refused", "Error")
    assert payload["error"] == {"code": "guard.invalid_input"}
    assert payload["request"]["matchedRoute"] == "/sign-in-exp"
    assert payload["request"]["status"] == 400


@pytest.fixture
async def tenants(
    settings: Settings,
) -> AsyncIterator[tuple[Any, httpx.AsyncClient, httpx.AsyncClient]]:
    several = settings.model_copy(update={"tenant_domain": "carteiro.test"})
    app = create_app(several)
    async with app.router.lifespan_context(app):
        clients = []
        for tenant in ("acme", "umbrella"):
            await create_tenant(app.state.world, tenant, name=tenant)
            made = await create_application(app.state.world, tenant, name="x", is_admin=True)
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(
                transport=transport, base_url=f"http://{tenant}.carteiro.test"
            )
            form = {"grant_type": "client_credentials", "resource": made.resource, "scope": "all"}
            token = await client.post("/oidc/token", data=form, auth=(made.id, made.secret))
            client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            clients.append(client)
        yield app, clients[0], clients[1]
        for client in clients:
            await client.aclose()


async def holdings(app: Any, settings: Settings, tenant: str) -> dict[str, list[str]]:
    """Every row of a tenant in every table, but for the log of what was asked."""
    keys = {"secret_keys", "key_holders", "deployment_secrets"}
    if settings.sqlite_path is not None:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    tables = sorted(row["name"] for row in await rows(app, settings, sql))
    aside = {"alembic_version", "tenants", "logs", "processes", *keys}
    held = {}
    for table in tables:
        if table not in aside and not table.startswith(("pgqueuer", "sqlite_")):
            found = await rows(app, settings, f"SELECT * FROM {table} WHERE tenant_id = '{tenant}'")
            held[table] = sorted(repr(sorted(row.items())) for row in found)
    return held


async def test_no_write_reaches_into_another_tenant(
    tenants: tuple[Any, httpx.AsyncClient, httpx.AsyncClient], settings: Settings
) -> None:
    app, acme, umbrella = tenants
    kept = await make(acme, CALLS, {})
    before = await holdings(app, settings, "acme")
    targeted = [
        call for call in [*CALLS, *REMOVALS] if any(f"{{{name}}}" in call.route for name in kept)
    ]

    for call in targeted:
        body = fill_body(call, kept)
        answer = await umbrella.request(call.method, path_of(call, kept), json=body)
        assert 400 <= answer.status_code < 500, (call, answer.status_code, answer.text)

    assert len(targeted) > 40
    assert await holdings(app, settings, "acme") == before


def fill_body(call: Call, kept: dict[str, str]) -> Any:
    from management_calls import fill

    return fill(call.body, kept) if call.body is not None else None


async def test_no_read_shows_another_tenant(
    tenants: tuple[Any, httpx.AsyncClient, httpx.AsyncClient], settings: Settings
) -> None:
    app, acme, umbrella = tenants
    kept = await make(acme, CALLS, {})
    owned = {value for name, value in kept.items() if name != "secret"}
    reads = [
        route.path
        for route in app.routes
        if isinstance(route, ManagementRoute) and "GET" in route.methods
    ]

    for path in reads:
        for filled in addresses(path, kept):
            answer = await umbrella.get(filled)
            text = answer.text
            assert answer.status_code < 500, (filled, text)
            assert "Marker" not in text, filled
            assert "marker.example.com" not in text, filled
            assert not any(value in text for value in owned), filled


def addresses(path: str, kept: dict[str, str]) -> list[str]:
    """A route's addresses with every kept id in its first parameter and in the others."""
    if "{" not in path:
        return [path]
    filled = []
    for value in kept.values():
        parts = [value if part.startswith("{") else part for part in path.split("/")]
        filled.append("/".join(parts))
    return filled


def management_routes(app: Any) -> list[tuple[str, ManagementRoute]]:
    return [
        (method, route)
        for route in app.routes
        if isinstance(route, ManagementRoute)
        for method in sorted(route.methods - {"HEAD"})
    ]


async def test_every_route_wants_a_token_with_the_scope(
    anonymous: httpx.AsyncClient, app: Any
) -> None:
    world = app.state.world
    made = await create_application(world, "default", name="Weak", is_admin=False)
    weak = await world.tokens.issue(
        tenant_id="default",
        issuer="http://carteiro.test/oidc",
        client_id=made.id,
        audience=made.resource,
        scope="",
    )
    routes = management_routes(app)

    for method, route in routes:
        without = await anonymous.request(method, route.path, content=b"{")
        headers = {"Authorization": f"Bearer {weak}"}
        refused = await anonymous.request(method, route.path, content=b"{", headers=headers)
        code = "auth.authorization_header_missing"
        assert (without.status_code, without.json()["code"]) == (401, code), route.path
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.forbidden"), route.path

    assert len(routes) > 120


async def test_every_paged_list_refuses_a_page_out_of_bounds(
    client: httpx.AsyncClient, app: Any
) -> None:
    paged = [
        route.path
        for method, route in management_routes(app)
        if method == "GET"
        # These ask first whether there is anything to list.
        and not route.dependencies
        and any(
            parameter.name == "page_size"
            for dependency in route.dependant.dependencies
            for parameter in dependency.query_params
        )
    ]

    for path in paged:
        for query in ("page=0", "page_size=101", "page=x", "page_size=-1", "page=9" + "9" * 20):
            answer = await client.get(f"{path}?{query}")
            assert answer.status_code == 400, (path, query)
            assert answer.json()["code"] == "guard.invalid_pagination"

    assert len(paged) > 12


async def test_an_empty_patch_changes_nothing(
    client: httpx.AsyncClient, app: Any, settings: Settings
) -> None:
    kept = await make(client, CALLS, {})
    before = await holdings(app, settings, "default")
    patches = [
        call for call in CALLS if call.method == "PATCH" and not call.route.endswith("signing-key")
    ]

    for call in patches:
        answer = await client.patch(path_of(call, kept), json={"nobody-knows-this": 1})
        needed = call.route.endswith(
            ("/profile", "/password", "/expiration", "/is-suspended", "/is-default")
        )
        needed = needed or call.route == "/users/{user}/custom-data" or "/secrets/" in call.route
        status = 422 if call.route == "/users/{user}" else 400 if needed else 200
        assert answer.status_code == status, (call.route, answer.text)

    after = await holdings(app, settings, "default")
    assert len(patches) > 15
    # An application's custom data takes any member: it is the body itself.
    assert {name for name in after if after[name] != before[name]} == {"applications"}
