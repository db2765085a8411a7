"""Who gets an access token is active on that day, and that costs nothing more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import organization_parts
import round_trip_parts
import sign_in_parts
from carteiro.storage.people import active_users
from carteiro.testing.clock import FrozenClock
from organization_parts import API, INSIDE, MACHINE, ORGANIZATIONS, T
from sign_in_parts import Browser

DAY = 86_400
NOTED = "logs.add+active_users.note"


async def active(someone: Browser) -> dict[int, int]:
    """How many were active, by days from today."""
    today = someone.world.clock.now() // (1000 * DAY)

    async def work(tx: Any) -> dict[int, int]:
        return await active_users.by_day(tx, T, today - 9, today + 9)

    found = await someone.world.database.read(work)
    return {day - today: people for day, people in found.items()}


async def test_somebody_is_active_once_a_day_however_many_tokens_they_get(
    someone: Browser, clock: FrozenClock
) -> None:
    code = await someone.code()
    signed_in = await active(someone)
    body = (await someone.exchange(code)).json()
    token = body["refresh_token"]
    await asyncio.gather(*(someone.refresh(token) for _ in range(3)))
    first = await active(someone)
    clock.advance(DAY)
    refused = await someone.refresh("nothing")
    not_yet = await active(someone)
    await someone.refresh(token)

    assert (signed_in, first) == ({}, {0: 1})
    assert (refused.status_code, not_yet) == (400, {-1: 1})
    assert await active(someone) == {-1: 1, 0: 1}


async def test_a_machine_is_nobody(someone: Browser) -> None:
    await organization_parts.furnish(someone.world)
    await sign_in_parts.make_client(someone.world, "bot", type=MACHINE)
    form = {"grant_type": "client_credentials", "resource": API}

    assert (await someone.token(form, "bot")).status_code == 200
    assert await active(someone) == {}


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_token_asks_the_database_no_more_often_than_it_has_to(
    someone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await organization_parts.furnish(someone.world)
    scope = f"offline_access read invite {ORGANIZATIONS}"
    body = await someone.tokens(scope=scope, resource=[API, INSIDE])
    token = body["refresh_token"]
    await someone.refresh(token, organization_id="one")  # reads the settings, once for all
    asked = round_trip_parts.watch(monkeypatch)
    counted: dict[str, list[str]] = {}
    for name, form in (
        ("resource", {"resource": API}),
        ("organization", {"organization_id": "one"}),
        ("both", {"organization_id": "one", "resource": API}),
    ):
        asked.clear()
        with round_trip_parts.here():
            assert (await someone.refresh(token, **form)).status_code == 200
        counted[name] = [*asked]

    first = "oidc_tokens.get?ahead.grant_of_token?ahead.person_of_token"
    assert {name: (names[0], names[-1]) for name, names in counted.items()} == dict.fromkeys(
        counted, (first, NOTED)
    )
    assert {name: names[1:-1] for name, names in counted.items()} == {
        "resource": ["token_scopes.of_person"],
        "organization": ["token_scopes.standing?token_scopes.in_organization"],
        "both": ["token_scopes.standing?token_scopes.of_person"],
    }
