"""Answers about people that clients of the compatible API expect."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Any

import argon2
import httpx
import pytest

from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.testing.http_sink import HttpSink
from wire_parts import arrivals, made, made_id, said, told

AUSTRALIAN, WITH_ZERO = "61412345678", "610412345678"


async def phone_of(client: httpx.AsyncClient, id_: str) -> str:
    return str((await client.get(f"/api/users/{id_}")).json()["primaryPhone"])


async def test_a_deleted_person_is_told_without_a_word_of_the_password(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        await told(client, sink, "User.Created", "User.Deleted")
        id_ = await made_id(client, "/users", {"username": "ana"})
        await client.delete(f"/api/users/{id_}")
        bodies = await arrivals(sink, 2)

    data = {body["event"]: body["data"] for body in bodies}
    assert data["User.Created"].pop("hasPassword") is False
    assert data["User.Deleted"] == data["User.Created"]


@pytest.mark.parametrize("phone", ["99999", "0", "491", "1234567890", "1" * 33])
async def test_digits_that_are_no_number_of_any_country_are_refused(
    client: httpx.AsyncClient, phone: str
) -> None:
    id_ = await made_id(client, "/users", {"primaryPhone": AUSTRALIAN})

    created = await client.post("/api/users", json={"primaryPhone": phone})
    changed = await client.patch(f"/api/users/{id_}", json={"primaryPhone": phone})

    assert said(created) == said(changed) == (422, "user.invalid_phone")
    assert await phone_of(client, id_) == AUSTRALIAN


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (WITH_ZERO, AUSTRALIAN),
        ("4407911123456", "447911123456"),
        ("330612345678", "33612345678"),
        (AUSTRALIAN, AUSTRALIAN),
        ("13107607050", "13107607050"),
        # Italy's zeros belong to the number.
        ("390612345678", "390612345678"),
    ],
)
async def test_a_number_is_stored_without_its_trunk_zero(
    client: httpx.AsyncClient, typed: str, stored: str
) -> None:
    user = await made(client, "/users", {"primaryPhone": typed})
    other = await made_id(client, "/users", {})
    await client.patch(f"/api/users/{user['id']}", json={"primaryPhone": ""})

    moved = await client.patch(f"/api/users/{other}", json={"primaryPhone": typed})

    assert user["primaryPhone"] == moved.json()["primaryPhone"] == stored


@pytest.mark.parametrize(("mine", "theirs"), [(AUSTRALIAN, WITH_ZERO), (WITH_ZERO, AUSTRALIAN)])
async def test_both_spellings_are_one_number(
    client: httpx.AsyncClient, mine: str, theirs: str
) -> None:
    id_ = await made_id(client, "/users", {"primaryPhone": mine})
    other = await made_id(client, "/users", {})

    created = await client.post("/api/users", json={"primaryPhone": theirs})
    changed = await client.patch(f"/api/users/{other}", json={"primaryPhone": theirs})
    own = await client.patch(f"/api/users/{id_}", json={"primaryPhone": theirs})

    assert said(created) == said(changed) == (422, "user.phone_already_in_use")
    assert (own.status_code, own.json()["primaryPhone"]) == (200, AUSTRALIAN)


async def test_one_of_two_who_ask_for_one_number_at_once_gets_it(
    client: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(
        *(
            client.post("/api/users", json={"primaryPhone": phone})
            for phone in (AUSTRALIAN, WITH_ZERO) * 3
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 5]


async def store_as(world: World, id_: str, phone: str) -> None:
    """Have a number stored as earlier versions left it."""

    async def work(tx: Transaction) -> None:
        row = await users.get(tx, "default", id_)
        assert row is not None
        await users.update(tx, replace(row, primary_phone=phone))

    await world.database.write(work)


@pytest.mark.parametrize("asked", [AUSTRALIAN, WITH_ZERO])
async def test_a_number_that_was_stored_with_its_zero_is_known_too(
    client: httpx.AsyncClient, app: Any, asked: str
) -> None:
    id_ = await made_id(client, "/users", {"primaryPhone": AUSTRALIAN})
    await store_as(app.state.world, id_, WITH_ZERO)

    other = await made_id(client, "/users")
    taken = await client.post("/api/users", json={"primaryPhone": asked})
    moved = await client.patch(f"/api/users/{other}", json={"primaryPhone": asked})
    found = await client.get("/api/users", params={"search.primaryPhone": asked})
    own = await client.patch(f"/api/users/{id_}", json={"primaryPhone": asked})

    assert said(taken) == said(moved) == (422, "user.phone_already_in_use")
    assert [user["id"] for user in found.json()] == [id_]
    assert own.json()["primaryPhone"] == AUSTRALIAN


@pytest.mark.parametrize("query", ["search", "search.primaryPhone"])
@pytest.mark.parametrize("mode", ["like", "exact"])
async def test_a_number_is_found_in_either_spelling(
    client: httpx.AsyncClient, query: str, mode: str
) -> None:
    id_ = await made_id(client, "/users", {"primaryPhone": AUSTRALIAN})
    await made_id(client, "/users", {"primaryPhone": "61412345679"})

    found = [
        await client.get("/api/users", params={query: phone, "mode": mode})
        for phone in (AUSTRALIAN, WITH_ZERO)
    ]

    assert [[user["id"] for user in answer.json()] for answer in found] == [[id_], [id_]]


async def test_a_digest_is_taken_whatever_its_form_up_to_256_characters(
    client: httpx.AsyncClient,
) -> None:
    taken = await made(client, "/users", {"passwordDigest": "x" * 256, "passwordAlgorithm": "MD5"})
    too_long = await client.post(
        "/api/users", json={"passwordDigest": "x" * 257, "passwordAlgorithm": "MD5"}
    )

    assert taken["hasPassword"] is True
    assert said(too_long) == (400, "guard.invalid_input")


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("MD5", "not hex, and ünicode"),
        ("SHA256", ""),
        ("Bcrypt", "$2b$31$" + "a" * 53),
        ("Bcrypt", "nothing"),
        ("Argon2id", "$argon2id$nonsense"),
        # It is right, and would keep a thread of the pool busy for as long as whoever made it likes.
        (
            "Argon2id",
            argon2.PasswordHasher(time_cost=65, memory_cost=8, parallelism=1).hash("hunter2"),
        ),
        ("Argon2id", "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2g"),
    ],
    # A digest is salted: every process that collects the tests makes another one.
    ids=["unicode", "empty", "cost", "text", "nonsense", "slow", "memory"],
)
async def test_no_password_matches_a_digest_that_is_none(
    client: httpx.AsyncClient, algorithm: str, digest: str
) -> None:
    body = {"passwordDigest": digest or " ", "passwordAlgorithm": algorithm}
    id_ = await made_id(client, "/users", body)

    answer = await client.post(f"/api/users/{id_}/password/verify", json={"password": "hunter2"})

    assert said(answer) == (422, "session.invalid_credentials")


def _sha(name: str, text: bytes) -> str:
    return hashlib.new(name, text).hexdigest()


PBKDF2 = hashlib.pbkdf2_hmac("sha512", b"hunter2", b"salt", 1000, 20).hex()
LEGACY = [
    ["sha512", ["@"], _sha("sha512", b"hunter2")],
    ["sha256", ["salt123", "@"], _sha("sha256", b"salt123hunter2").upper()],
    ["MD5", ["a", "@", "b", "@"], _sha("md5", b"ahunter2bhunter2")],
    ["sha3-256", ["@", "-pepper"], _sha("sha3_256", b"hunter2-pepper")],
    ["blake2b512", ["@"], _sha("blake2b", b"hunter2")],
    ["RSA-SHA384", ["@"], _sha("sha384", b"hunter2")],
    ["pbkdf2", ["salt", "1000", "20", "sha512", "@"], PBKDF2],
]


@pytest.mark.parametrize("legacy", LEGACY)
async def test_a_digest_of_another_system_works_and_is_replaced(
    client: httpx.AsyncClient, legacy: list[Any]
) -> None:
    body = {"passwordDigest": json.dumps(legacy), "passwordAlgorithm": "Legacy"}
    path = f"/api/users/{await made_id(client, '/users', body)}"

    wrong = await client.post(f"{path}/password/verify", json={"password": "hunter3"})
    kept = (await client.get(f"{path}?includePasswordHash=1")).json()["passwordAlgorithm"]
    right = await client.post(f"{path}/password/verify", json={"password": "hunter2"})
    renewed = (await client.get(f"{path}?includePasswordHash=1")).json()
    again = await client.post(f"{path}/password/verify", json={"password": "hunter2"})

    assert (said(wrong)[1], kept) == ("session.invalid_credentials", "Legacy")
    assert (right.status_code, again.status_code) == (204, 204)
    assert renewed["passwordAlgorithm"] == "Argon2id"
    assert renewed["passwordDigest"].startswith("$argon2id$")


@pytest.mark.parametrize(
    "legacy",
    [
        "sha512",
        "[" * 250,
        ["sha512", ["@"]],
        ["sha512", "@", "00"],
        ["sha512", [1, "@"], "00"],
        ["sha512", ["salt"], "00"],
        ["rot13", ["@"], "00"],
        ["pbkdf2", ["salt", "1000", "20", "@"], "00"],
        ["pbkdf2", ["salt", "999999999", "20", "sha512", "@"], "00"],
        ["pbkdf2", ["salt", "1000", "0", "sha512", "@"], "00"],
        ["pbkdf2", ["salt", "x", "20", "sha512", "@"], "00"],
        ["pbkdf2", ["salt", "1000", "20", "rot13", "@"], "00"],
    ],
)
async def test_a_digest_that_could_never_be_verified_is_refused(
    client: httpx.AsyncClient, legacy: Any
) -> None:
    text = legacy if isinstance(legacy, str) else json.dumps(legacy)

    answer = await client.post(
        "/api/users", json={"passwordDigest": text, "passwordAlgorithm": "Legacy"}
    )

    assert said(answer) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == ["passwordDigest"]


@pytest.mark.parametrize("body", [{}, {"unknown": 1}])
async def test_a_change_of_nothing_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    path = f"/api/users/{await made_id(client, '/users', {'name': 'Ana'})}"
    before = (await client.get(path)).json()

    answer = await client.patch(path, json=body)

    assert said(answer) == (422, "entity.invalid_input")
    assert (await client.get(path)).json() == before


async def test_who_has_decided_nothing_has_skipped_nothing(client: httpx.AsyncClient) -> None:
    path = f"/api/users/{await made_id(client, '/users')}/logto-configs"

    before = await client.get(path)
    skipped = await client.patch(path, json={"mfa": {"skipped": True, "enabled": True}})
    changed = await client.patch(path, json={"mfa": {"skipMfaOnSignIn": True}})

    nothing = {
        "mfa": {"skipped": False, "skipMfaOnSignIn": False},
        "passkeySignIn": {"skipped": False},
    }
    assert before.json() == nothing
    assert skipped.json()["mfa"] == {"skipped": True, "skipMfaOnSignIn": False, "enabled": True}
    assert changed.json()["mfa"] == {"skipped": True, "skipMfaOnSignIn": True, "enabled": True}
    assert (await client.get(path)).json() == changed.json()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("search=foo&mode=similar_to", "case-insensitive"),
        ("search.name=foo&mode.name=similar_to&isCaseSensitive=false", "case-insensitive"),
        ("search=", "cannot be empty"),
        ("search.name=&mode=exact", "cannot be empty"),
        ("search=foo&mode=fuzzy", "is not valid"),
        ("search.name=foo&mode.name=fuzzy", "is not valid"),
        ("search.nope=foo", "is not valid"),
        ("search=foo&joint=xor", "is not valid"),
    ],
)
async def test_a_bad_search_is_refused_in_the_words_that_clients_look_for(
    client: httpx.AsyncClient, query: str, words: str
) -> None:
    answer = await client.get(f"/api/users?{query}")

    assert said(answer) == (400, "request.invalid_input")
    assert words in answer.json()["message"]
