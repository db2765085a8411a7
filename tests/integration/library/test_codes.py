"""Codes of an application's own: the same rules over every store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

import carteiro
from carteiro.errors import CodeExpired, CodeMismatch, CodeNotFound, TooManyTries
from carteiro.testing.clock import FrozenClock
from carteiro.testing.postgres import PostgresServer
from carteiro.verification.policy import Alphabet

KEY = b"k" * 32
ANA = "ana@example.com"


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


async def test_a_code_is_redeemed_once(codes: carteiro.Codes) -> None:
    code = await codes.issue("sign-in", "Ana@Example.com")

    await codes.redeem("sign-in", ANA, f" {code[:3]}-{code[3:]} ")

    with pytest.raises(CodeNotFound):
        await codes.redeem("sign-in", ANA, code)


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
        await codes.issue("sign-in", f"{name}@example.com")

    with pytest.raises(CodeNotFound):
        await codes.redeem("sign-in", ANA, first)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        carteiro.Codes(carteiro.MemoryCodeStore(), b"short")
