"""Searches over 1,000,000 people on PostgreSQL beside a primary-key read of as many rows."""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from carteiro.model.page import Page
from carteiro.model.search import Condition, Joint, Search, SearchField, SearchMode
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.postgres import PostgresDatabase
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.migrations.run import migrate
from carteiro.storage.people import user_search
from carteiro.testing.postgres import PostgresServer

PEOPLE = 1_000_000
ROUNDS = 15
_ALL = tuple(SearchField)
_FILL = """
INSERT INTO users (tenant_id, id, username, username_lower, primary_email, email_key, primary_phone,
    name, profile, identities, custom_data, logto_config, mfa_verifications, is_suspended,
    is_password_expired, created_at, updated_at)
SELECT 'default', lpad(to_hex(n), 12, '0'), initcap(word) || n, word || n,
    initcap(word) || '@mail' || n % 500 || '.example.com', word || '@mail' || n % 500 || '.example.com',
    '49' || (1000000000 + n * 7919::bigint), initcap(substr(word, 1, 6)) || ' ' || initcap(substr(word, 7)),
    '{}', '{}', '{}', '{}', '[]', FALSE, FALSE, 1767225600000 + n, 1767225600000 + n
FROM (SELECT n, translate(substr(md5(n::text), 1, 14), '0123456789', 'ghijklmnop') AS word
      FROM generate_series(1, $1::int) AS n) AS people
"""  # noqa: E501 - a line for each group of columns
"""People with names of letters by chance: what real names have in common helps nobody here."""


def _word(number: int) -> str:
    """The letters of a person, as the database makes them."""
    digest = hashlib.md5(str(number).encode()).hexdigest()[:14]
    return digest.translate(str.maketrans("0123456789", "ghijklmnop"))


def _one(field: SearchField, value: str, mode: SearchMode = SearchMode.LIKE) -> Condition:
    return Condition((field,), mode, (value,))


_WORD = _word(654_321)
_NAME = f"{_WORD[:6]} {_WORD[6:]}"
SEARCHES = {
    "everybody": Search(),
    "anywhere: a part of an address": Search(
        (Condition(_ALL, SearchMode.LIKE, (f"%{_WORD[2:9]}%",)),)
    ),
    "anywhere: a whole name": Search((Condition(_ALL, SearchMode.LIKE, (f"%{_NAME}%",)),)),
    "anywhere: what everybody has": Search((Condition(_ALL, SearchMode.LIKE, ("%example%",)),)),
    "address, exact": Search(
        (_one(SearchField.PRIMARY_EMAIL, f"{_WORD}@mail321.example.com", SearchMode.EXACT),)
    ),
    "user name, exact": Search((_one(SearchField.USERNAME, f"{_WORD}654321", SearchMode.EXACT),)),
    "phone, a part": Search((_one(SearchField.PRIMARY_PHONE, "%0791900%"),)),
    "name, case counts": Search(
        (_one(SearchField.NAME, f"%{_NAME.title()[3:12]}%"),), case_sensitive=True
    ),
    "name, similar to": Search(
        (_one(SearchField.NAME, f"({_WORD[:6]}|nobody) %", SearchMode.SIMILAR_TO),)
    ),
    "name, regular expression": Search((_one(SearchField.NAME, _NAME[:9], SearchMode.POSIX),)),
    "two fields, both": Search(
        (_one(SearchField.USERNAME, f"{_WORD[:5]}%"), _one(SearchField.NAME, f"%{_WORD[7:10]}%")),
        Joint.AND,
    ),
}
_BY_KEY = Statement.of(
    "bench.by_key", "SELECT * FROM users WHERE tenant_id = :tenant_id AND id = ANY(:ids)"
)


async def _fill(dsn: str) -> None:
    """Load, with the searches' indexes made afterwards, as an import would."""
    link = await asyncpg.connect(dsn)
    definitions = await link.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'users_search_%'"
    )
    for row in definitions:
        await link.execute(f"DROP INDEX {row['indexname']}")
    await link.execute(
        "INSERT INTO tenants (id, name, tag, created_at, is_suspended) "
        "VALUES ('default', 'x', 'x', 0, FALSE)"
    )
    await link.execute(_FILL, PEOPLE, timeout=600)
    await link.execute(
        "INSERT INTO row_counts (tenant_id, name, shard, rows) VALUES ('default', 'users', 0, $1)",
        PEOPLE,
    )
    for row in definitions:
        await link.execute(row["indexdef"], timeout=600)
    await link.execute("VACUUM ANALYZE users", timeout=600)
    await link.close()


async def _median(work: Callable[[], Awaitable[Any]]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


async def _measure(dsn: str) -> dict[str, float]:
    await _fill(dsn)
    database = await PostgresDatabase.open(dsn, pool_size=1)

    def look(search: Search) -> Callable[[], Awaitable[Any]]:
        async def work(tx: Transaction) -> int:
            part = await user_search.find(tx, "default", search, Page(1, 20))
            return len(part.rows)

        return lambda: database.read(work)

    async def by_key(tx: Transaction) -> int:
        ids = [f"{number * 49_999 % PEOPLE + 1:012x}" for number in range(20)]
        rows = await tx.all(_BY_KEY, tenant_id="default", ids=ids)
        return len(rows)

    ratios = {}
    for name, search in SEARCHES.items():
        await look(search)()
        found = await _median(look(search))
        ratios[name] = found / await _median(lambda: database.read(by_key))
    await database.close()
    return ratios


def measure() -> dict[str, float]:
    """How many times a primary-key read of 20 rows each search takes."""
    server = PostgresServer()
    try:
        dsn = server.dsn("people")
        migrate(dsn)
        return asyncio.run(_measure(dsn))
    finally:
        server.stop()


if __name__ == "__main__":
    begun = time.monotonic()
    for label, value in measure().items():
        print(f"{label:28} {value:8.2f}")
    print(f"({time.monotonic() - begun:.0f} s)")
