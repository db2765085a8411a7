"""What storage promises of interactions, sessions, grants and tokens, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from carteiro.errors import RelationNotFound, UniqueViolation
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import grants, interactions, sessions, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.interactions import Interaction, Prompt
from carteiro.storage.sign_in.sessions import Authorization, BrowserSession
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.storage.tenancy import tenants

from .test_storage import opened

NOW = 1_800_000_000_000
T = "acme"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = await opened(database_url)

    async def begin(tx: Transaction) -> None:
        for name in (T, "umbrella"):
            await tenants.create(tx, id=name, name=name, created_at=0)
        for name in ("ann", "bob"):
            await users.create(tx, UserRow(tenant_id=T, id=name, created_at=0, updated_at=0))

    await made.write(begin)
    yield made
    await made.close()


def interaction(**changes: Any) -> Interaction:
    values = {
        "tenant_id": T,
        "uid": "u1",
        "client_id": "app",
        "prompt": Prompt.LOGIN,
        "params": {"client_id": "app", "resource": ["https://api.test"]},
        "resume_hash": b"\x00hash",
        "created_at": NOW,
        "expires_at": NOW + 3_600_000,
    }
    return Interaction(**{**values, **changes})


def session(**changes: Any) -> BrowserSession:
    values = {
        "tenant_id": T,
        "uid": "s1",
        "secret_hash": b"\x01one",
        "account_id": "ann",
        "login_at": NOW,
        "created_at": NOW,
        "expires_at": NOW + 1000,
    }
    return BrowserSession(**{**values, **changes})


def grant(**changes: Any) -> Grant:
    values = {
        "tenant_id": T,
        "id": "g1",
        "account_id": "ann",
        "client_id": "app",
        "scopes": ("openid", "profile"),
        "resource_scopes": {"https://api.test": ("read",)},
        "created_at": NOW,
        "expires_at": NOW + 1000,
    }
    return Grant(**{**values, **changes})


def token(**changes: Any) -> StoredToken:
    values = {
        "tenant_id": T,
        "value_hash": b"\x02token",
        "kind": TokenKind.REFRESH,
        "client_id": "app",
        "grant_id": "g1",
        "account_id": "ann",
        "content": {"scope": "openid"},
        "created_at": NOW,
        "expires_at": NOW + 1000,
    }
    return StoredToken(**{**values, **changes})


async def test_an_interaction_comes_back_as_it_was_stored(database: Database) -> None:
    begun = interaction(session_uid="s1", account_id="ann", language={"tag": "pt-BR"})
    await database.write(lambda tx: interactions.create(tx, begun))

    found = await database.read(lambda tx: interactions.get(tx, T, "u1", NOW))
    assert found == begun


@pytest.mark.parametrize(("tenant", "later"), [("umbrella", 0), (T, 3_600_000)])
async def test_an_interaction_is_its_tenants_and_ends_with_its_time(
    database: Database, tenant: str, later: int
) -> None:
    await database.write(lambda tx: interactions.create(tx, interaction()))

    now = NOW + later
    assert await database.read(lambda tx: interactions.get(tx, tenant, "u1", now)) is None
    assert await database.write(lambda tx: interactions.lock(tx, tenant, "u1", now)) is None


async def test_steps_at_once_see_each_other_one_after_the_other(database: Database) -> None:
    await database.write(lambda tx: interactions.create(tx, interaction(record={"steps": 0})))

    async def step(tx: Transaction) -> None:
        locked = await interactions.lock(tx, T, "u1", NOW)
        assert locked is not None
        assert locked.record is not None
        record = {"steps": locked.record["steps"] + 1}
        await interactions.save_record(tx, T, "u1", record)

    await asyncio.gather(*(database.write(step) for _ in range(8)))

    found = await database.read(lambda tx: interactions.get(tx, T, "u1", NOW))
    assert found is not None
    assert (found.record, found.version) == ({"steps": 8}, 8)


async def test_a_record_is_stored_without_touching_the_language(database: Database) -> None:
    await database.write(lambda tx: interactions.create(tx, interaction()))
    language = {"tag": "de", "reason": "uiLocales"}
    await database.write(
        lambda tx: interactions.save_record(tx, T, "u1", {"a": 1}, language=language)
    )
    await database.write(lambda tx: interactions.save_record(tx, T, "u1", {"b": "ä"}))
    await database.write(
        lambda tx: interactions.submit_login(
            tx, T, "u1", account_id="ann", record={"c": 3}, now=NOW + 1
        )
    )

    found = await database.read(lambda tx: interactions.get(tx, T, "u1", NOW))
    assert found is not None
    assert (found.record, found.language) == ({"c": 3}, language)
    assert (found.account_id, found.submitted_at) == ("ann", NOW + 1)


async def test_an_interaction_ends_for_one_of_many(database: Database) -> None:
    await database.write(lambda tx: interactions.create(tx, interaction()))

    async def work(tx: Transaction) -> bool:
        if await interactions.lock(tx, T, "u1", NOW) is None:
            return False
        await interactions.end(tx, T, "u1")
        return True

    async def end() -> bool:
        return await database.write(work)

    ended = await asyncio.gather(*(end() for _ in range(8)))
    assert sorted(ended) == [False] * 7 + [True]


async def test_a_session_is_found_by_its_latest_secret_only(database: Database) -> None:
    held = {"app": Authorization(sid="sid", grant_id="g1")}
    await database.write(lambda tx: sessions.create(tx, session(authorizations=held)))

    async def renew(tx: Transaction) -> None:
        locked = await sessions.lock(tx, T, b"\x01one", NOW)
        assert locked is not None
        changed = replace(locked, secret_hash=b"two", login_at=NOW + 5, expires_at=NOW + 9)
        await sessions.save(tx, changed)

    await database.write(renew)

    old = await database.read(lambda tx: sessions.find(tx, T, b"\x01one", NOW))
    new = await database.read(lambda tx: sessions.find(tx, T, b"two", NOW))
    late = await database.read(lambda tx: sessions.find(tx, T, b"two", NOW + 9))
    wanted = session(authorizations=held, secret_hash=b"two", login_at=NOW + 5, expires_at=NOW + 9)
    assert (old, new, late) == (None, wanted, None)


async def test_a_grant_takes_its_tokens_with_it(database: Database) -> None:
    await database.write(lambda tx: grants.create(tx, grant()))
    await database.write(lambda tx: tokens.create(tx, token()))
    assert await database.read(lambda tx: grants.get(tx, T, "g1", NOW)) == grant()

    ended = await database.write(lambda tx: grants.end(tx, T, "g1"))
    found = await database.read(
        lambda tx: tokens.find(tx, T, TokenKind.REFRESH, token().value_hash)
    )
    assert (ended, found) == (True, None)
    with pytest.raises(RelationNotFound):
        await database.write(lambda tx: tokens.create(tx, token()))


async def test_a_person_takes_sessions_and_grants_with_them(database: Database) -> None:
    await database.write(lambda tx: grants.create(tx, grant()))
    await database.write(lambda tx: sessions.create(tx, session()))
    await database.write(lambda tx: tokens.create(tx, token()))
    await database.write(lambda tx: users.delete(tx, T, "ann"))

    async def left(tx: Transaction) -> list[Any]:
        return [
            await grants.get(tx, T, "g1", NOW),
            await sessions.find(tx, T, session().secret_hash, NOW),
            await tokens.find(tx, T, TokenKind.REFRESH, token().value_hash),
        ]

    assert await database.read(left) == [None, None, None]


async def test_a_token_is_used_up_once(database: Database) -> None:
    await database.write(lambda tx: grants.create(tx, grant()))
    await database.write(lambda tx: tokens.create(tx, token()))

    async def work(tx: Transaction) -> bool:
        found = await tokens.lock(tx, T, TokenKind.REFRESH, token().value_hash)
        assert found is not None
        await tokens.consume(tx, found, NOW)
        return found.consumed_at is None

    async def use() -> bool:
        return await database.write(work)

    used = await asyncio.gather(*(use() for _ in range(8)))
    assert sorted(used) == [False] * 7 + [True]


async def test_a_value_is_of_one_kind_and_stored_once(database: Database) -> None:
    request = token(kind=TokenKind.REQUEST, grant_id=None, account_id=None)
    await database.write(lambda tx: tokens.create(tx, request))

    other = await database.read(
        lambda tx: tokens.find(tx, T, TokenKind.REFRESH, request.value_hash)
    )
    assert other is None
    with pytest.raises(UniqueViolation):
        await database.write(lambda tx: tokens.create(tx, replace(request, client_id="other")))


async def test_a_session_takes_what_ends_with_it(database: Database) -> None:
    bound = token(session_uid="s1")
    free = token(value_hash=b"free")
    await database.write(lambda tx: grants.create(tx, grant()))
    for each in (bound, free):
        await database.write(lambda tx, each=each: tokens.create(tx, each))
    await database.write(lambda tx: tokens.end_with_session(tx, T, "s1"))

    async def find(which: StoredToken) -> StoredToken | None:
        return await database.read(
            lambda tx: tokens.find(tx, T, TokenKind.REFRESH, which.value_hash)
        )

    assert [await find(bound), await find(free)] == [None, free]


async def test_the_grants_of_a_pair_are_told_newest_first(database: Database) -> None:
    for place, who in enumerate(("ann", "bob", "ann", "ann")):
        new = grant(id=f"g{place}", account_id=who, created_at=NOW + place)
        await database.write(lambda tx, new=new: grants.create(tx, new))

    found = await database.read(lambda tx: grants.ids_of_pair(tx, T, "ann", "app", now=NOW, most=2))
    assert found == ["g3", "g2"]


async def test_what_is_over_goes_in_batches(database: Database) -> None:
    async def fill(tx: Transaction) -> None:
        for number in range(3):
            await grants.create(tx, grant(id=f"g{number}"))
            await sessions.create(tx, session(uid=f"s{number}", secret_hash=bytes([number])))
            await interactions.create(tx, interaction(uid=f"u{number}", expires_at=NOW + 1000))
            await tokens.create(tx, token(value_hash=bytes([number]), grant_id=f"g{number}"))

    await database.write(fill)
    rooms = (tokens, interactions, sessions, grants)

    async def discarded(now: int) -> list[int]:
        return [
            await database.write(lambda tx, room=room: room.discard(tx, now=now, batch=2))
            for room in rooms
        ]

    assert await discarded(NOW + 999) == [0, 0, 0, 0]
    assert await discarded(NOW + 1000) == [2, 2, 2, 2]
    assert await discarded(NOW + 1000) == [1, 1, 1, 1]
