"""What is put is there for whatever comes after it, and what is asked ahead is only an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from carteiro.errors import RelationNotFound
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Call, Database, Question, Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import ahead, grants, sessions, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.sessions import Authorization, BrowserSession
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.storage.tenancy import tenants

from .test_storage import opened

T = "acme"
NOW = 1_800_000_000_000
SHOWN = b"\x01secret"


def person(id_: str = "ann") -> UserRow:
    return UserRow(tenant_id=T, id=id_, created_at=NOW, updated_at=NOW)


def grant(id_: str = "g1") -> Grant:
    return Grant(
        tenant_id=T,
        id=id_,
        account_id="ann",
        client_id="app",
        created_at=NOW,
        expires_at=NOW + 1000,
    )


def token(**changes: object) -> StoredToken:
    whole = StoredToken(
        tenant_id=T,
        value_hash=b"\x02token",
        kind=TokenKind.ACCESS,
        client_id="app",
        grant_id="g1",
        account_id="ann",
        created_at=NOW,
        expires_at=NOW + 1000,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def session(client_id: str = "app") -> BrowserSession:
    return BrowserSession(
        tenant_id=T,
        uid="s1",
        secret_hash=SHOWN,
        account_id="ann",
        login_at=NOW,
        authorizations={client_id: Authorization(sid="sid", grant_id="g1")},
        created_at=NOW,
        expires_at=NOW + 1000,
    )


@pytest.fixture
async def peopled(database_url: str) -> AsyncIterator[Database]:
    database = await opened(database_url)

    async def work(tx: Transaction) -> None:
        await tenants.create(tx, id=T, name=T, created_at=NOW)
        await users.create(tx, person())

    await database.write(work)
    yield database
    await database.close()


async def test_what_is_put_is_read_by_the_same_unit(peopled: Database) -> None:
    async def work(tx: Transaction) -> Grant | None:
        await grants.create(tx, grant())
        return await grants.get(tx, T, "g1", NOW)

    assert await peopled.write(work) == grant()


async def test_what_is_put_is_committed_with_the_unit(peopled: Database) -> None:
    await peopled.write(lambda tx: grants.create(tx, grant()))

    assert await peopled.read(lambda tx: grants.get(tx, T, "g1", NOW)) == grant()


async def test_what_a_failing_unit_has_put_is_not_there(peopled: Database) -> None:
    async def work(tx: Transaction) -> None:
        await grants.create(tx, grant())
        raise LookupError

    with pytest.raises(LookupError):
        await peopled.write(work)

    assert await peopled.read(lambda tx: grants.get(tx, T, "g1", NOW)) is None


async def test_a_constraint_refuses_all_that_was_put(peopled: Database) -> None:
    async def work(tx: Transaction) -> None:
        await grants.create(tx, grant())
        await tokens.create(tx, token(grant_id="strange"))

    with pytest.raises(RelationNotFound):
        await peopled.write(work)

    assert await peopled.read(lambda tx: grants.get(tx, T, "g1", NOW)) is None


async def test_a_row_and_what_refers_to_it_are_put_together(peopled: Database) -> None:
    async def work(tx: Transaction) -> None:
        await grants.create(tx, grant())
        await tokens.create(tx, token())

    await peopled.write(work)

    found = await peopled.read(lambda tx: tokens.find(tx, T, TokenKind.ACCESS, token().value_hash))
    assert found == token()


async def test_the_outcomes_are_those_of_the_writes_that_were_asked_for(
    peopled: Database,
) -> None:
    async def work(tx: Transaction) -> list[object]:
        await grants.create(tx, grant())
        missing = Call("grants.end", {"tenant_id": T, "id": "strange"})
        later = Call("active_users.note", {"tenant_id": T, "user_id": "ann", "day": 1})
        return await tx.together(missing, later)

    assert await peopled.write(work) == [None, 1]
    assert await peopled.read(lambda tx: grants.get(tx, T, "g1", NOW)) == grant()


@pytest.mark.parametrize("client_id", ["app", 'a"b', "$.a", "a.b"])
async def test_what_is_asked_ahead_answers_whoever_asks_by_key(
    peopled: Database, client_id: str
) -> None:
    async def fill(tx: Transaction) -> None:
        await grants.create(tx, grant())
        await tokens.create(tx, token())
        await sessions.create(tx, session(client_id))

    await peopled.write(fill)
    kind, value_hash = TokenKind.ACCESS, token().value_hash

    async def work(tx: Transaction) -> list[list[str]]:
        questions = [
            ahead.person_of_session(T, SHOWN),
            ahead.grant_of_session(T, SHOWN, client_id, NOW),
            ahead.person_of_token(T, kind, value_hash),
            ahead.grant_of_token(T, kind, value_hash, NOW),
        ]
        return [[row["id"] for row in rows] for rows in await tx.ask(*questions)]

    assert await peopled.read(work) == [["ann"], ["g1"], ["ann"], ["g1"]]


async def test_an_answer_is_for_who_asks_by_its_key_only(peopled: Database) -> None:
    await peopled.write(lambda tx: users.create(tx, person("bo")))
    question = Question("users.get", {"tenant_id": T, "id": "ann"}, "users.get")

    async def work(unit: Transaction) -> list[str | None]:
        tx = await asked(unit, lambda: [question])
        found = [await users.get(tx, T, id_) for id_ in ("bo", "ann", "ann", "nobody")]
        return [row.id if row else None for row in found]

    assert await peopled.read(work) == ["bo", "ann", "ann", None]


async def test_a_token_that_is_waited_for_is_seen_as_it_is_by_then(peopled: Database) -> None:
    await peopled.write(lambda tx: grants.create(tx, grant()))
    await peopled.write(lambda tx: tokens.create(tx, token()))
    value_hash = token().value_hash
    asks = [
        tokens.asked_lock(T, TokenKind.ACCESS, value_hash),
        ahead.grant_of_token(T, TokenKind.ACCESS, value_hash, NOW),
    ]

    async def work(unit: Transaction) -> bool:
        tx = await asked(unit, lambda: asks)
        found = await tokens.lock(tx, T, TokenKind.ACCESS, value_hash)
        assert found is not None
        await tokens.consume(tx, found, NOW)
        return found.consumed_at is None

    first = await asyncio.gather(*(peopled.write(work) for _ in range(8)))
    assert sorted(first) == [False] * 7 + [True]
