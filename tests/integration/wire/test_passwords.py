"""What the check of a new password answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from wire_parts import made_id, said

PATH = "/api/sign-in-exp/default/check-password"
STRICT = {"length": {"min": 8}, "characterTypes": {"min": 2}}


async def check(client: httpx.AsyncClient, password: str, **members: Any) -> httpx.Response:
    return await client.post(PATH, json={"password": password, **members})


async def policy(client: httpx.AsyncClient, **members: Any) -> None:
    answer = await client.patch("/api/sign-in-exp", json={"passwordPolicy": members})
    assert answer.status_code == 200, answer.text


def codes(answer: httpx.Response) -> list[str]:
    return [issue["code"].removeprefix("password_rejected.") for issue in answer.json()["issues"]]


@pytest.mark.parametrize("stored", [{}, {"rejects": {"userInfo": True}}])
async def test_whose_password_it_is_has_to_be_said_where_the_policy_asks(
    client: httpx.AsyncClient, stored: dict[str, Any]
) -> None:
    await policy(client, **stored)
    words = "User information data is required to check user information."

    unsaid = await check(client, "an odd one")
    said_ = await check(client, "an odd one", userId=await made_id(client, "/users"))

    assert said(unsaid) == (400, "request.invalid_input")
    assert unsaid.json()["data"] == {"message": words}
    assert (said_.status_code, said_.json()) == (200, {"result": True})
    await policy(client, rejects={"userInfo": False})
    assert (await check(client, "an odd one")).json() == {"result": True}


async def test_a_short_password_is_named_for_its_run_of_three(client: httpx.AsyncClient) -> None:
    await policy(client, **STRICT, rejects={"userInfo": False})

    answer = await check(client, "123")

    assert answer.status_code == 400
    assert answer.json()["issues"][0]["interpolation"] == {"min": 8}
    assert codes(answer) == ["too_short", "character_types", "restricted.sequence"]


async def test_a_password_that_leaked_is_refused_unless_the_policy_says_otherwise(
    client: httpx.AsyncClient,
) -> None:
    await policy(client, **STRICT, rejects={"pwned": True, "userInfo": False})
    refused = await check(client, "123456aA")
    known = await check(client, "test_password")
    await policy(client, **STRICT, rejects={"pwned": False, "userInfo": False})
    allowed = await check(client, "test_password")

    assert codes(refused) == ["pwned", "restricted.sequence"]
    assert codes(known) == ["pwned"]
    assert allowed.json() == {"result": True}


async def test_a_password_made_of_the_persons_own_words_is_refused(
    client: httpx.AsyncClient,
) -> None:
    person = {"name": "Ana Maria", "primaryEmail": "lighthouse@example.com"}
    id_ = await made_id(client, "/users", {**person, "primaryPhone": "61412345678"})

    answers = [
        await check(client, password, userId=id_)
        for password in ("anamaria!", "Ana Maria", "Lighthouse1", "61412345678")
    ]

    assert all("restricted.user_info" in codes(answer) for answer in answers)
    free = await check(client, "Ana keeps a lighthouse", userId=id_)
    assert free.json() == {"result": True}


async def test_no_policy_is_asked_where_an_administrator_sets_a_password(
    client: httpx.AsyncClient,
) -> None:
    id_ = await made_id(client, "/users", {"password": "1"})

    answer = await client.patch(f"/api/users/{id_}/password", json={"password": "123456aA"})

    assert answer.status_code == 200
