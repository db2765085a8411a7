"""Two who decide the same at once: one wins, the others hear why, and what is left fits together."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx

from access_parts import (
    CREATED,
    DONE,
    FOREIGN,
    NOT_FOUND,
    OUTSIDE,
    SHOWN,
    UNIQUE,
    call,
    outcome,
    things,
)

TIMES = 8


async def at_once(
    client: httpx.AsyncClient, ids: dict[str, str], *calls: tuple[str, str, Any]
) -> Counter[tuple[int, str]]:
    """The outcomes of calls that are made together, with how often each came."""
    answers = await asyncio.gather(*(call(client, ids, *one) for one in calls))
    return Counter(outcome(answer) for answer in answers)


async def test_a_name_is_taken_by_one_scope(client: httpx.AsyncClient) -> None:
    new = ("POST", "/organization-scopes", {"name": "new"})

    found = await at_once(client, {}, *[new] * TIMES)

    assert found == {(201, ""): 1, UNIQUE: TIMES - 1}
    assert len((await client.get("/api/organization-scopes?q=new")).json()) == 1


async def test_one_resource_is_the_default_however_many_are_made_it(
    client: httpx.AsyncClient,
) -> None:
    resources = []
    for number in range(TIMES):
        body = {"name": "R", "indicator": f"https://r{number}.example.com"}
        resources.append((await client.post("/api/resources", json=body)).json()["id"])
    calls = [("PATCH", f"/resources/{id_}/is-default", {"isDefault": True}) for id_ in resources]

    found = await at_once(client, {}, *calls)

    rows = (await client.get("/api/resources")).json()
    assert found == {SHOWN: TIMES}
    assert sum(row["isDefault"] for row in rows) == 1


async def test_a_role_is_given_to_somebody_once(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    give = ("POST", "/roles/<person_role>/users", {"userIds": ["<ana>"]})

    found = await at_once(client, ids, *[give] * TIMES)

    assert found == {CREATED: 1, (422, "role.user_exists"): TIMES - 1}


async def test_what_is_taken_away_is_taken_by_one(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    paths = [
        "/organizations/<org>/applications/<bot>",
        "/organization-scopes/<pay>",
        "/organization-roles/<member>/scopes/<invite>",
        "/applications/<other>/user-consent-scopes/user-scopes/email",
    ]
    given = {"organizationScopeIds": ["<invite>"]}
    await call(client, ids, "POST", "/organization-roles/<member>/scopes", given)
    asked = {"userScopes": ["email"]}
    await call(client, ids, "POST", "/applications/<other>/user-consent-scopes", asked)

    for path in paths:
        found = await at_once(client, ids, *[("DELETE", path, None)] * TIMES)
        assert found == {DONE: 1, NOT_FOUND: TIMES - 1}, path


async def test_of_lists_that_are_replaced_at_once_one_is_left_whole(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    kinds = [
        ("/organizations/<org>/applications", "applicationIds", (["<bot>"], ["<cron>"])),
        (
            "/organization-roles/<member>/scopes",
            "organizationScopeIds",
            (["<pay>"], ["<invite>"]),
        ),
        (
            "/organization-roles/<member>/resource-scopes",
            "scopeIds",
            (["<read>"], ["<write>"]),
        ),
        ("/organizations/<org>/jit/roles", "organizationRoleIds", (["<member>"], ["<admin>"])),
    ]

    for path, member, lists in kinds:
        calls = [("PUT", path, {member: each}) for each in lists] * (TIMES // 2)
        assert await at_once(client, ids, *calls) == {DONE: TIMES}, path
        rows = (await call(client, ids, "GET", path)).json()
        assert [f"<{name}>" for name, id_ in ids.items() if id_ == rows[0]["id"]] in lists
        assert len(rows) == 1, path


async def test_a_machine_is_taken_into_an_organization_or_there_is_none(
    client: httpx.AsyncClient,
) -> None:
    """Whoever comes second finds nothing to join, or takes the membership with it."""
    ids = await things(client)
    join = ("POST", "/organizations/<empty>/applications", {"applicationIds": ["<bot>", "<cron>"]})
    end = ("DELETE", "/organizations/<empty>", None)

    found = await at_once(client, ids, join, end, join, join)

    assert set(found) <= {CREATED, DONE, FOREIGN}
    assert found[DONE] == 1
    rows = (await call(client, ids, "GET", "/applications/<cron>/organizations")).json()
    assert rows == []


async def test_nobody_consents_for_an_organization_that_they_leave(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    path = "/applications/<other>/users/<ana>/consent-organizations"
    consent = ("POST", path, {"organizationIds": ["<org>"]})
    leave = ("DELETE", "/organizations/<org>/users/<ana>", None)

    found = await at_once(client, ids, consent, leave, consent, consent)

    assert set(found) <= {CREATED, DONE, OUTSIDE}
    assert found[DONE] == 1
    assert (await call(client, ids, "GET", path)).json() == {"organizations": []}


async def test_a_role_and_its_scope_that_go_at_once_leave_nothing(
    client: httpx.AsyncClient,
) -> None:
    ids = await things(client)
    give = ("POST", "/organization-roles/<member>/scopes", {"organizationScopeIds": ["<pay>"]})
    ends = [
        ("DELETE", "/organization-roles/<member>", None),
        ("DELETE", "/organization-scopes/<pay>", None),
    ]

    found = await at_once(client, ids, give, *ends, give)

    assert set(found) <= {CREATED, DONE, FOREIGN}
    assert found[DONE] == 2
