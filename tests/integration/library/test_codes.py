"""Codes of an application's own: the same rules over every store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, nullcontext
from pathlib import Path

import psycopg
import pytest

import carteiro
from carteiro.errors import CodeExpired, CodeMismatch, CodeNotFound, TooManyTries
from carteiro.model.addresses import parse_address
from carteiro.secrets import Key, Keyring
from carteiro.testing.clock import FrozenClock
from carteiro.testing.postgres import PostgresServer
from carteiro.verification.policy import Alphabet

KEY = b"k" * 32
ANA = "ana@example.com"
SALT, DIGEST, OLDER = "5" * 32, "d" * 64, "e" * 64


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[carteiro.CodeStore]:
    if request.param == "memory":
        yield carteiro.MemoryCodeStore()
        return
    if request.param == "sqlite":
        kept = carteiro.SqlCodeStore(lambda: closing(sqlite3.connect(tmp_path / "app.db")))
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        dsn = server.dsn(f"app{tmp_path.name[-12:].replace('-', '_').lower()}")
        kept = carteiro.SqlCodeStore(lambda: psycopg.connect(dsn), style="pyformat")
    await kept.create_tables()
    await kept.create_tables()  # a second start
    yield kept


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def codes(store: carteiro.CodeStore, clock: FrozenClock) -> carteiro.Codes:
    return carteiro.Codes(store, KEY, clock=clock)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_is_made_of_what_the_policy_says(store: carteiro.CodeStore) -> None:
    policy = carteiro.CodePolicy(alphabet=Alphabet.LETTERS, length=8)
    codes = carteiro.Codes(store, KEY, policy=policy)

    code = await codes.issue("sign-in", ANA)

    assert len(code) == 8
    assert code.isalpha()
    await codes.redeem("sign-in", ANA, code.lower())


def test_a_rule_that_no_store_can_keep_is_refused() -> None:
    with pytest.raises(ValueError, match="delay_after"):
        carteiro.Codes(carteiro.MemoryCodeStore(), KEY, policy=carteiro.CodePolicy(delay_after=10))


@pytest.mark.parametrize("alphabet", Alphabet)
@pytest.mark.parametrize("length", [-1, 0, 3, 5, 13, 400])
def test_a_code_that_is_too_short_or_too_long_is_refused(length: int, alphabet: Alphabet) -> None:
    policy = carteiro.CodePolicy(length=length, alphabet=alphabet)

    with pytest.raises(ValueError, match=f"6 to 12 characters, not {length}"):
        carteiro.Codes(carteiro.MemoryCodeStore(), KEY, policy=policy)


@pytest.mark.parametrize("length", [6, 12])
async def test_the_shortest_and_the_longest_code_are_issued(length: int) -> None:
    policy = carteiro.CodePolicy(length=length)

    codes = carteiro.Codes(carteiro.MemoryCodeStore(), KEY, policy=policy)

    assert len(await codes.issue("sign-in", ANA)) == length


async def test_a_code_is_redeemed_once(codes: carteiro.Codes) -> None:
    code = await codes.issue("sign-in", "Ana@Example.com")

    await codes.redeem("sign-in", ANA, f" {code[:3]}-{code[3:]} ")

    with pytest.raises(CodeNotFound):
        await codes.redeem("sign-in", ANA, code)


async def test_an_address_may_be_given_as_a_value(codes: carteiro.Codes) -> None:
    code = await codes.issue("sign-in", parse_address(ANA))

    await codes.redeem("sign-in", ANA, code)


async def test_the_failures_of_one_address_are_not_anothers(
    store: carteiro.CodeStore, clock: FrozenClock
) -> None:
    codes = carteiro.Codes(store, KEY, policy=carteiro.CodePolicy(failures_per_day=1), clock=clock)
    for_ana, for_bob = [await codes.issue("sign-in", to) for to in (ANA, "bob@example.com")]
    with pytest.raises(CodeMismatch):
        await codes.redeem("sign-in", ANA, wrong(for_ana))

    with pytest.raises(TooManyTries):
        await codes.redeem("sign-in", ANA, for_ana)
    await codes.redeem("sign-in", "bob@example.com", for_bob)


async def test_codes_that_wait_are_found_by_a_later_release() -> None:
    store, keys = carteiro.MemoryCodeStore(), Keyring([Key("codes", KEY)])
    codes = carteiro.Codes(store, KEY)
    code = await codes.issue("sign-in", "Ana@Example.com", session="s")
    with pytest.raises(CodeMismatch):
        await codes.redeem("sign-in", ANA, wrong(code), session="s")

    slot = keys.index_digest("code", "sign-in", ANA, "s")
    kept = await store.get(slot, keys.index_digest("identifier", ANA))

    assert kept is not None
    assert (kept.tries, kept.failures) == (1, 1)
    assert kept.digest == keys.code_digest(slot, kept.salt, code).hex()


async def test_of_many_at_once_one_wins(codes: carteiro.Codes) -> None:
    code = await codes.issue("sign-in", ANA)

    ends = await asyncio.gather(
        *(codes.redeem("sign-in", ANA, code) for _ in range(20)), return_exceptions=True
    )

    assert ends.count(None) == 1
    assert all(isinstance(end, CodeNotFound) for end in ends if end is not None)


async def test_it_is_good_for_its_purpose_address_and_session_only(codes: carteiro.Codes) -> None:
    code = await codes.issue("sign-in", ANA, session="s")

    for purpose, to, session in (
        ("reset", ANA, "s"),
        ("sign-in", "bob@example.com", "s"),
        ("sign-in", ANA, ""),
        ("sign-in", ANA, "other"),
    ):
        with pytest.raises(CodeNotFound):
            await codes.redeem(purpose, to, code, session=session)
    await codes.redeem("sign-in", ANA, code, session="s")


async def test_it_dies_with_its_time_and_with_a_newer_one(
    codes: carteiro.Codes, clock: FrozenClock
) -> None:
    in_time = await codes.issue("reset", ANA)
    clock.advance(600)
    await codes.redeem("reset", ANA, in_time)
    older = await codes.issue("sign-in", ANA)
    code = await codes.issue("sign-in", ANA)
    if older != code:
        with pytest.raises(CodeMismatch):
            await codes.redeem("sign-in", ANA, older)
    clock.advance(600, milliseconds=1)

    with pytest.raises(CodeExpired):
        await codes.redeem("sign-in", ANA, code)


async def test_wrong_tries_at_once_are_each_counted(
    store: carteiro.CodeStore, clock: FrozenClock
) -> None:
    codes = carteiro.Codes(store, KEY, policy=carteiro.CodePolicy(max_tries=5), clock=clock)
    code = await codes.issue("sign-in", ANA)

    ends = await asyncio.gather(
        *(codes.redeem("sign-in", ANA, wrong(code)) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(end, CodeMismatch) for end in ends) == 5
    assert sum(isinstance(end, TooManyTries) for end in ends) == 15
    with pytest.raises(TooManyTries):
        await codes.redeem("sign-in", ANA, code)


async def test_a_new_code_forgives_no_failure_and_a_day_forgives_all(
    codes: carteiro.Codes, clock: FrozenClock
) -> None:
    for _ in range(2):
        code = await codes.issue("sign-in", ANA)
        for _ in range(10):
            with pytest.raises(CodeMismatch):
                await codes.redeem("sign-in", ANA, wrong(code))
    code = await codes.issue("reset", ANA)
    with pytest.raises(TooManyTries) as refused:
        await codes.redeem("reset", ANA, code)
    clock.advance(86_400)
    code = await codes.issue("sign-in", ANA)

    await codes.redeem("sign-in", ANA, code)

    assert refused.value.retry_after == 86_400


async def test_a_right_code_forgives_the_failures_before_it(codes: carteiro.Codes) -> None:
    for _ in range(3):
        code = await codes.issue("sign-in", ANA)
        for _ in range(9):
            with pytest.raises(CodeMismatch):
                await codes.redeem("sign-in", ANA, wrong(code))
        await codes.redeem("sign-in", ANA, code)


async def test_what_is_old_is_deleted(codes: carteiro.Codes, clock: FrozenClock) -> None:
    await codes.issue("sign-in", ANA)
    clock.advance(86_401)
    await codes.issue("sign-in", "bob@example.com")

    assert await codes.discard_expired() == 1
    assert await codes.discard_expired() == 0


async def test_a_code_that_outlives_a_day_is_kept_for_its_time(
    store: carteiro.CodeStore, clock: FrozenClock
) -> None:
    codes = carteiro.Codes(store, KEY, policy=carteiro.CodePolicy(lifetime=172_800), clock=clock)
    await codes.issue("sign-in", ANA)
    clock.advance(172_800)
    kept = await codes.discard_expired()
    clock.advance(0, milliseconds=1)

    assert (kept, await codes.discard_expired()) == (0, 1)


async def test_a_store_gives_a_code_by_its_digest_while_it_has_tries(
    store: carteiro.CodeStore,
) -> None:
    await store.put("slot", salt=SALT, digest=DIGEST, created_at=0)
    wrong_try = {"identifier": "i", "max_tries": 2, "now": 5, "window": 100}

    assert not await store.take("slot", OLDER, identifier="i", max_tries=2)
    assert not await store.take("nowhere", DIGEST, identifier="i", max_tries=2)
    assert not await store.miss("slot", OLDER, **wrong_try)
    assert [await store.miss("slot", DIGEST, **wrong_try) for _ in range(3)] == [True, True, False]
    assert not await store.take("slot", DIGEST, identifier="i", max_tries=2)
    kept = await store.get("slot", "i")
    assert kept is not None
    assert (kept.salt, kept.digest, kept.created_at) == (SALT, DIGEST, 0)
    assert (kept.tries, kept.failures, kept.since) == (2, 2, 5)


async def test_failures_begin_anew_where_their_window_ends(store: carteiro.CodeStore) -> None:
    await store.put("slot", salt=SALT, digest=DIGEST, created_at=0)
    seen = []
    for now in (1000, 1499, 1500, 1501):
        await store.miss("slot", DIGEST, identifier="i", max_tries=9, now=now, window=500)
        kept = await store.get("slot", "i")
        assert kept is not None
        seen.append((kept.failures, kept.since))

    assert seen == [(1, 1000), (2, 1000), (1, 1500), (2, 1500)]


async def test_a_store_deletes_what_is_older_than_it_is_told(store: carteiro.CodeStore) -> None:
    for slot, made in (("old", 10), ("new", 11)):
        await store.put(slot, salt=SALT, digest=DIGEST, created_at=made)
        await store.miss(slot, DIGEST, identifier=f"of {slot}", max_tries=9, now=made, window=500)

    assert await store.discard(before=11) == 1
    assert await store.get("old", "of old") is None
    still, forgotten = await store.get("new", "of new"), await store.get("new", "of old")
    assert still is not None
    assert forgotten is not None
    assert (still.failures, still.since) == (1, 11)
    assert (forgotten.failures, forgotten.since) == (0, 0)


async def test_what_fails_leaves_nothing_open_on_a_connection_that_stays(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db", check_same_thread=False)) as connection:
        store = carteiro.SqlCodeStore(lambda: nullcontext(connection))
        await store.create_tables()
        with pytest.raises(sqlite3.IntegrityError):
            await store.put("slot", salt=None, digest=DIGEST, created_at=0)  # type: ignore[arg-type]

        assert not connection.in_transaction


async def test_memory_keeps_the_codes_that_were_made_last() -> None:
    store = carteiro.MemoryCodeStore(most=2)

    async def kept_after(*slots: str) -> list[str]:
        for slot in slots:
            await store.put(slot, salt=SALT, digest=DIGEST, created_at=0)
        return [slot for slot in "abc" if await store.get(slot, "i") is not None]

    assert await kept_after("a", "b") == ["a", "b"]
    assert await kept_after("a", "c") == ["a", "c"]


async def test_memory_forgets_the_failures_that_are_the_longest_ago() -> None:
    store = carteiro.MemoryCodeStore(most=2)
    await store.put("slot", salt=SALT, digest=DIGEST, created_at=0)

    async def failures_after(*identifiers: str) -> list[int]:
        for name in identifiers:
            await store.miss("slot", DIGEST, identifier=name, max_tries=9, now=0, window=500)
        kept = [await store.get("slot", name) for name in "abc"]
        return [one.failures for one in kept if one is not None]

    assert await failures_after("a", "b") == [1, 1, 0]
    assert await failures_after("a", "c") == [2, 0, 1]


async def test_the_store_holds_no_code_and_no_address(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    store = carteiro.SqlCodeStore(lambda: closing(sqlite3.connect(path)))
    await store.create_tables()
    code = await carteiro.Codes(store, KEY).issue("sign-in", ANA)

    kept = path.read_bytes()

    assert code.encode() not in kept
    assert b"ana" not in kept.lower()
    with pytest.raises(CodeMismatch):
        await carteiro.Codes(store, KEY).redeem("sign-in", ANA, wrong(code))


async def test_memory_is_bounded(clock: FrozenClock) -> None:
    codes = carteiro.Codes(carteiro.MemoryCodeStore(most=2), KEY, clock=clock)
    first = await codes.issue("sign-in", ANA)
    for name in ("b", "c"):
        last = await codes.issue("sign-in", f"{name}@example.com")

    with pytest.raises(CodeNotFound):
        await codes.redeem("sign-in", ANA, first)
    await codes.redeem("sign-in", "c@example.com", last)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        carteiro.Codes(carteiro.MemoryCodeStore(), b"short")
