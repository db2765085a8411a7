"""What differs from the reference on purpose (`docs/reference/compatibility.md`)."""

from __future__ import annotations

import httpx
import pytest

from wire_parts import made, made_id, said


async def test_a_one_time_token_is_shown_once(client: httpx.AsyncClient) -> None:
    token = await made(client, "/one-time-tokens", {"email": "ana@example.com"})

    one = await client.get(f"/api/one-time-tokens/{token['id']}")
    listed = await client.get("/api/one-time-tokens")

    assert len(token["token"]) == 32
    assert one.json() == listed.json()[0] == {**token, "token": "******"}


async def test_a_new_password_is_argon2id(client: httpx.AsyncClient) -> None:
    created = await made_id(client, "/users", {"password": "a long and odd passphrase"})
    changed = await made_id(client, "/users")
    await client.patch(f"/api/users/{changed}/password", json={"password": "another odd one"})

    shown = [
        (await client.get(f"/api/users/{id_}?includePasswordHash=true")).json()
        for id_ in (created, changed)
    ]

    assert [user["passwordAlgorithm"] for user in shown] == ["Argon2id"] * 2
    assert all(user["passwordDigest"].startswith("$argon2id$") for user in shown)


@pytest.mark.parametrize("pattern", ["a(?=b)", "a(?!b)", "(?<=a)b", r"(a)\1"])
async def test_a_pattern_looks_neither_ahead_nor_back(
    client: httpx.AsyncClient, pattern: str
) -> None:
    query = {"search.name": pattern, "mode": "posix"}

    assert said(await client.get("/api/users", params=query)) == (400, "request.invalid_input")


async def test_the_openapi_document_is_3_1(anonymous: httpx.AsyncClient) -> None:
    document = (await anonymous.get("/api/swagger.json")).json()

    assert document["openapi"].startswith("3.1.")


@pytest.mark.parametrize("path", ["/connectors", "/hooks", "/organizations", "/sign-in-exp"])
async def test_a_change_of_nothing_changes_nothing_but_of_a_person(
    client: httpx.AsyncClient, path: str
) -> None:
    bodies = {
        "/connectors": {"connectorId": "logto-email"},
        "/hooks": {"events": ["User.Created"], "config": {"url": "https://example.com"}},
        "/organizations": {"name": "Org"},
    }
    if path in bodies:
        path = f"{path}/{await made_id(client, path, bodies[path])}"
    before = (await client.get(f"/api{path}")).json()

    answer = await client.patch(f"/api{path}", json={})

    assert (answer.status_code, answer.json()) == (200, before)
