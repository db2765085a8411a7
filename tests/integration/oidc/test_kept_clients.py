"""Clients are kept in memory; whoever changes an application changes what is kept."""

from __future__ import annotations

import asyncio

import httpx
import pytest

import round_trip_parts
from sign_in_parts import BACK, Browser

APP = "/api/applications/app"


async def test_a_secret_that_is_deleted_opens_nothing_from_then_on(
    someone: Browser, client: httpx.AsyncClient
) -> None:
    body = await someone.tokens(scope="openid offline_access")
    deleted = await client.delete(f"{APP}/secrets/Default secret")

    answer = await someone.refresh(body["refresh_token"])

    assert deleted.status_code == 204, deleted.text
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc.invalid_client")


async def test_an_address_that_is_taken_away_gets_nobody_back(
    someone: Browser, client: httpx.AsyncClient
) -> None:
    await someone.code()
    uris = {"redirectUris": ["https://other.test/back"], "postLogoutRedirectUris": []}
    changed = await client.patch(APP, json={"oidcClientMetadata": uris})

    answer = await someone.ask(redirect_uri=BACK)

    assert changed.status_code == 200, changed.text
    assert answer.status_code == 400, answer.text


async def test_an_application_that_is_deleted_is_nobodys_client(
    someone: Browser, client: httpx.AsyncClient
) -> None:
    await someone.code()
    deleted = await client.delete(APP)

    answer = await someone.ask()

    assert deleted.status_code == 204, deleted.text
    assert answer.status_code == 400, answer.text


async def test_other_processes_are_told_of_a_changed_application(
    someone: Browser, client: httpx.AsyncClient
) -> None:
    changes = someone.world.database.changes()
    # It is listening now.
    assert await asyncio.wait_for(anext(changes), 20) is None
    heard = asyncio.ensure_future(anext(changes))

    await client.patch(APP, json={"name": "Other"})

    assert await asyncio.wait_for(heard, 20) == "default"
    await changes.aclose()


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_client_is_read_once(someone: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = round_trip_parts.watch(monkeypatch)

    with round_trip_parts.here():
        first = await someone.ask()
        await someone.ask()

    assert first.status_code == 303
    assert asked.count("applications.get") == 1
