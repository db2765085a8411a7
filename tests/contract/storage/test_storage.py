"""What storage promises, on both databases."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from carteiro.errors import (
    CarteiroError,
    MessageRateLimited,
    RecipientSuppressed,
    SchemaOutdated,
    StorageUnavailable,
    UniqueViolation,
    UsageLimitExceeded,
)
from carteiro.model.actor import OPERATOR
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Call, Database, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.postgres import PostgresDatabase
from carteiro.storage.drivers.sqlite import SqliteDatabase
from carteiro.storage.drivers.statements import STATEMENTS, Statement
from carteiro.storage.mail import budgets, codes, limits, messages, rates, suppressions, usage
from carteiro.storage.mail.messages import NewMessage
from carteiro.storage.mail.rates import Rate
from carteiro.storage.mail.suppressions import SuppressionRow
from carteiro.storage.migrations import HEAD, require_current
from carteiro.storage.queues import processes
from carteiro.storage.tenancy import connectors, templates, tenants
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.storage.tenancy.templates import NewTemplate, TemplateSet
from carteiro.testing.postgres import PostgresServer
from carteiro.verification.policy import CodePolicy

NOW = 1_800_000_000_000
PUBLISHED = Publication(by=OPERATOR, at=NOW, keep=50)


async def opened(url: str) -> Database:
    if url.startswith("sqlite:///"):
        return await SqliteDatabase.open(Path(url.removeprefix("sqlite:///")))
    return await PostgresDatabase.open(url, pool_size=8)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = await opened(database_url)
    for name in ("acme", "umbrella"):
        await made.write(lambda tx, name=name: tenants.create(tx, id=name, name=name, created_at=0))
    yield made
    await made.close()


def code(slot: str = "s", tenant: str = "acme", **changes: Any) -> Call:
    values = {
        "id": f"id-{slot}",
        "type": "Generic",
        "key_id": "k",
        "salt": "salt",
        "digest": b"\x00digest\xff",
        "recipient_hash": "r",
        "created_at": NOW,
        "message_id": None,
    }
    return codes.replace(tenant_id=tenant, identity_hash=slot, **{**values, **changes})


def place(number: int = 0, tenant: str = "acme", now: int = NOW, sends: int = 10) -> Call:
    return limits.reserve(
        tenant_id=tenant,
        action="a",
        recipient_hash="r",
        stamp=f"{now:013d}{number:03d}",
        now=now,
        window=600_000,
        max_sends=sends,
    )


def connector(id: str, tenant: str = "acme", kind: str = "Email") -> ConnectorRow:
    return ConnectorRow(
        tenant_id=tenant,
        id=id,
        type=kind,
        connector_id="x",
        config_sealed=b"sealed",
        metadata="{}",
        sync_profile=False,
        enable_token_storage=False,
        created_at=NOW,
    )


async def find(database: Database, slot: str = "s", tenant: str = "acme") -> codes.CodeRow | None:
    return await database.read(lambda tx: codes.find(tx, tenant, slot, "r"))


async def consume(database: Database, **changes: Any) -> bool:
    values = {
        "tenant_id": "acme",
        "identity_hash": "s",
        "id": "id-s",
        "now": NOW,
        "max_tries": 5,
        "budget_hash": "r",
        "budget": 20,
        "budget_since": 0,
    }
    return await database.write(lambda tx: codes.consume(tx, **{**values, **changes}))


async def charge(
    database: Database,
    now: int = NOW,
    *,
    budget: int = 100,
    window: int = 86_400_000,
    delays_from: int = 1000,
) -> int | None:
    allowed = budgets.Allowance(
        budget=budget,
        window=window,
        delays_from=delays_from,
        first_delay=30_000,
        longest_delay=3_600_000,
    )
    return await database.write(
        lambda tx: budgets.charge(
            tx, tenant_id="acme", recipient_hash="r", now=now, allowed=allowed
        )
    )


async def fail(database: Database, limit: int = 5) -> bool:
    return await database.write(
        lambda tx: codes.count_failure(
            tx, tenant_id="acme", identity_hash="s", id="id-s", max_tries=limit
        )
    )


async def test_a_code_reads_back_as_it_was_stored(database: Database) -> None:
    await database.apply(code())

    row = await find(database)

    assert row is not None
    assert (row.id, row.digest, row.tries, row.consumed_at) == ("id-s", b"\x00digest\xff", 0, None)
    assert await find(database, tenant="umbrella") is None


async def test_a_newer_code_takes_the_place_with_fresh_tries(database: Database) -> None:
    await database.apply(code())
    await fail(database)
    await consume(database)

    await database.apply(code(id="newer"))

    row = await find(database)
    assert row is not None
    assert (row.id, row.tries, row.consumed_at) == ("newer", 0, None)
    assert not await consume(database)


async def test_a_code_is_consumed_by_one_of_a_hundred(database: Database) -> None:
    await database.apply(code())

    won = await asyncio.gather(*(consume(database) for _ in range(100)))

    assert won.count(True) == 1


async def test_parallel_failures_stop_at_the_limit(database: Database) -> None:
    await database.apply(code())

    counted = await asyncio.gather(*(fail(database) for _ in range(50)))

    assert counted.count(True) == 5
    assert not await consume(database)


async def test_a_spent_budget_refuses_even_the_right_code(database: Database) -> None:
    await database.apply(code())
    for number in range(3):
        assert await charge(database) == number + 1

    assert not await consume(database, budget=3, budget_since=NOW - 1)
    assert await consume(database, budget=4, budget_since=NOW - 1)


async def test_a_budget_begins_anew_after_its_window(database: Database) -> None:
    counted = [await charge(database, NOW + later, window=100) for later in (0, 99, 100)]

    assert counted == [1, 2, 1]


async def test_no_failure_is_counted_beyond_the_budget(database: Database) -> None:
    counted = await asyncio.gather(*(charge(database, budget=7) for _ in range(20)))

    assert sorted(filter(None, counted)) == [1, 2, 3, 4, 5, 6, 7]
    assert await charge(database, NOW + 86_400_000, budget=7) == 1


async def test_the_delays_of_the_database_are_those_of_the_policy(database: Database) -> None:
    policy = CodePolicy(delay_after=2, failures_per_day=100)
    now, waits = NOW, []
    for failures in range(1, 25):
        assert await charge(database, now, delays_from=2, window=10**9) == failures
        waits.append(policy.delay(failures))
        if waits[-1]:
            early = now + waits[-1] - 1
            assert await charge(database, early, delays_from=2, window=10**9) is None
        now += waits[-1]

    assert waits[:3] == [0, 30_000, 60_000]
    assert max(waits) == 3_600_000


async def test_a_success_forgets_no_failures_that_it_has_not_seen(database: Database) -> None:
    async def settle(seen: int) -> bool:
        return await database.write(
            lambda tx: budgets.settle(tx, tenant_id="acme", recipient_hash="r", seen=seen)
        )

    for _ in range(3):
        await charge(database)

    assert not await settle(2)
    assert await settle(3)
    assert await settle(0), "there are none"
    assert await charge(database) == 1
    assert await settle(1)
    assert await charge(database) == 1


def rate(tenant: str = "acme", owner: str = "o", sends: int = 4) -> Rate:
    return Rate(tenant_id=tenant, bucket="b", owner_hash=owner, sends=sends, window=3_600_000)


async def takes(database: Database, one: Rate, now: int = NOW) -> bool:
    try:
        await database.apply(rates.take(one, now), code(f"s{now}"))
    except MessageRateLimited:
        return False
    return True


async def test_a_rate_is_exact_at_once_and_refills_evenly(database: Database) -> None:
    at_once = await asyncio.gather(*(takes(database, rate()) for _ in range(20)))
    wait = await database.read(lambda tx: rates.wait(tx, rate(), NOW))
    early = await takes(database, rate(), NOW + wait - 1)
    later = [await takes(database, rate(), NOW + wait) for _ in range(2)]
    full = [await takes(database, rate(), NOW + 10_000_000) for _ in range(5)]

    assert at_once.count(True) == 4
    assert wait == 900_000
    assert (early, later) == (False, [True, False])
    assert full == [True] * 4 + [False]


async def test_a_rate_is_of_one_owner_in_one_tenant(database: Database) -> None:
    assert await takes(database, rate(sends=1))

    assert await takes(database, rate(sends=1, owner="other"))
    assert await takes(database, rate(sends=1, tenant="umbrella"))
    assert not await takes(database, rate(sends=1))


async def test_a_large_rate_costs_no_more_than_a_small_one(database: Database) -> None:
    for number in range(50):
        assert await takes(database, rate(sends=1_000_000), NOW + number)

    async def sizes(tx: Transaction) -> int:
        row = await tx.one(
            Statement.of("t", "SELECT busy_until - 1000 * last_at AS ahead FROM send_rates")
        )
        return row["ahead"] if row else 0

    assert await database.read(sizes) <= 50 * 3600


async def test_of_fifty_sends_at_once_ten_pass(database: Database) -> None:
    async def attempt(number: int) -> bool:
        try:
            await database.apply(place(number), code(f"s{number}"))
        except MessageRateLimited:
            return False
        return True

    passed = await asyncio.gather(*(attempt(number) for number in range(50)))

    assert passed.count(True) == 10
    stored = [await find(database, f"s{number}") for number in range(50)]
    assert [row is not None for row in stored] == list(passed)


async def test_the_window_rolls(database: Database) -> None:
    for number in range(10):
        await database.apply(place(number, now=NOW + number * 1000))
    with pytest.raises(MessageRateLimited):
        await database.apply(place(10, now=NOW + 599_999))

    wait = await database.read(
        lambda tx: limits.wait(
            tx,
            tenant_id="acme",
            action="a",
            recipient_hash="r",
            now=NOW + 599_999,
            window=600_000,
            max_sends=10,
        )
    )
    await database.apply(place(11, now=NOW + 600_000))

    assert wait == 1
    with pytest.raises(MessageRateLimited):
        await database.apply(place(12, now=NOW + 600_001))


async def test_a_released_place_is_free_again(database: Database) -> None:
    for number in range(10):
        await database.apply(place(number))
    await database.apply(
        limits.release(tenant_id="acme", action="a", recipient_hash="r", stamp=f"{NOW:013d}004")
    )

    await database.apply(place(99))


async def test_limits_of_one_tenant_do_not_touch_another(database: Database) -> None:
    await database.apply(place(sends=1))

    await database.apply(place(tenant="umbrella", sends=1))


async def test_a_cap_is_exact_under_load(database: Database) -> None:
    async def attempt() -> bool:
        try:
            await database.apply(usage.reserve(tenant_id="acme", connector_id="c", cap=7))
        except UsageLimitExceeded:
            return False
        return True

    passed = await asyncio.gather(*(attempt() for _ in range(30)))

    assert passed.count(True) == 7
    await database.apply(usage.release(tenant_id="acme", connector_id="c"))
    assert await database.read(lambda tx: usage.read(tx, "acme", "c")) == 6


async def test_one_connector_of_a_type_stays_when_many_come_at_once(database: Database) -> None:
    rows = [connector(f"c{number}") for number in range(10)]

    await asyncio.gather(
        *(
            database.write(lambda tx, row=row: connectors.replace_of_type(tx, row, PUBLISHED))
            for row in rows
        )
    )
    await database.write(
        lambda tx: connectors.replace_of_type(tx, connector("sms", kind="Sms"), PUBLISHED)
    )

    left = await database.read(lambda tx: connectors.list_all(tx, "acme"))
    assert sorted(row.type for row in left) == ["Email", "Sms"]


async def test_a_second_connector_of_a_type_breaks_the_constraint(database: Database) -> None:
    await database.write(lambda tx: connectors.replace_of_type(tx, connector("a"), PUBLISHED))

    async def second(tx: Transaction) -> None:
        from dataclasses import asdict

        await tx.run("connectors.create", **asdict(connector("b")))

    with pytest.raises(UniqueViolation):
        await database.write(second)


async def test_what_is_written_together_is_written_or_not_as_a_whole(database: Database) -> None:
    async def both(tx: Transaction) -> None:
        await tx.together(code("one"), code("two"))

    async def broken(tx: Transaction) -> None:
        await tx.together(code("three"), code("four", tenant="nobody"))

    await database.write(both)
    with pytest.raises(CarteiroError):
        await database.write(broken)

    async def found(tx: Transaction) -> list[bool]:
        slots = ("one", "two", "three", "four")
        return [await codes.find(tx, "acme", slot, "-") is not None for slot in slots]

    assert await database.read(found) == [True, True, False, False]


async def test_an_error_in_a_unit_leaves_nothing(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await tenants.create(tx, id="new", name="x", created_at=0)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await database.write(work)

    assert await database.read(lambda tx: tenants.get(tx, "new")) is None


async def test_a_failing_unit_does_not_fail_those_beside_it(database: Database) -> None:
    async def create(number: int) -> None:
        name = "taken" if number % 3 == 0 else f"t{number}"
        await database.write(lambda tx: tenants.create(tx, id=name, name=name, created_at=0))

    results = await asyncio.gather(*(create(n) for n in range(30)), return_exceptions=True)

    assert sum(isinstance(result, UniqueViolation) for result in results) == 9
    assert sum(result is None for result in results) == 21
    assert len(await database.read(tenants.list_all)) == 23


async def test_a_refused_call_does_not_fail_those_beside_it(database: Database) -> None:
    await database.apply(place(0, sends=1))

    async def attempt(number: int) -> None:
        refused = number % 3 == 0
        taken = place(number, sends=1) if refused else place(number, tenant="umbrella", sends=30)
        await database.apply(taken, code(f"s{number}"))

    results = await asyncio.gather(*(attempt(n) for n in range(1, 31)), return_exceptions=True)
    assert [n for n, result in enumerate(results, 1) if result] == list(range(3, 31, 3))
    assert all(isinstance(result, MessageRateLimited | None) for result in results)
    for number in range(1, 31):
        found = await database.read(lambda tx, slot=f"s{number}": codes.find(tx, "acme", slot, "r"))
        assert (found is None) == (number % 3 == 0)


async def test_two_processes_write_for_the_same_people_at_once(
    database: Database, database_url: str
) -> None:
    other = await opened(database_url)

    async def write(side: Database, number: int, stamp: int) -> None:
        await side.apply(
            limits.reserve(
                tenant_id="acme",
                action="a",
                recipient_hash=f"r{number:02d}",
                stamp=f"{NOW + stamp:013d}{number:03d}",
                now=NOW + stamp,
                window=600_000,
                max_sends=1000,
            ),
            code(f"s{number}"),
        )

    try:
        await asyncio.gather(
            *(write(database, number, 2 * turn) for turn in range(5) for number in range(20)),
            *(write(other, 19 - number, 2 * turn + 1) for turn in range(5) for number in range(20)),
        )
    finally:
        await other.close()

    for number in range(20):
        counted = await database.read(
            lambda tx, name=f"r{number:02d}": limits.wait(
                tx,
                tenant_id="acme",
                action="a",
                recipient_hash=name,
                now=NOW + 9,
                window=600_000,
                max_sends=10,
            )
        )
        assert counted > 0, "all ten sends are counted"


async def test_templates_sort_by_code_points(database: Database) -> None:
    new = [
        NewTemplate(language_tag=tag, template_type="Generic", details="{}")
        for tag in ("pt-BR", "en", "Zz", "aa")
    ]
    await database.write(lambda tx: templates.publish(tx, TemplateSet("acme"), new, PUBLISHED))

    rows = await database.read(lambda tx: templates.list_all(tx, TemplateSet("acme")))

    assert [row.language_tag for row in rows] == ["Zz", "aa", "en", "pt-BR"]


def message(id: str = "m", **changes: Any) -> NewMessage:
    values: dict[str, Any] = {
        "type": "Generic",
        "mode": "queued",
        "state": "queued",
        "priority": 0,
        "owner": None,
        "attempt_at": None,
        "due_at": NOW,
        "recipient_hash": "r",
        "recipient_masked": "r***",
        "language": "en",
        "language_reason": "fallback",
        "template": "x",
        "connector_id": "c",
        "payload_sealed": b"p",
        "created_at": NOW,
        "expires_at": NOW + 1,
    }
    return NewMessage(tenant_id="acme", id=id, **{**values, **changes})


async def claimed(database: Database, owner: str, most: int = 10) -> list[str]:
    rows = await database.write(lambda tx: messages.claim(tx, owner=owner, now=NOW + 1, most=most))
    return [row.id for row in rows]


async def test_a_sent_message_stays_sent(database: Database) -> None:
    await database.apply(messages.create(message()))
    assert await claimed(database, "one") == ["m"]
    await database.apply(messages.sent("acme", "m", at=NOW + 2, attempts=1, connector_id="d"))

    for owner in ("one", "two"):
        await database.apply(
            messages.finish(
                "acme", "m", owner=owner, state="failed", at=NOW + 3, attempts=2, failure="x"
            ),
            messages.later("acme", "m", owner=owner, due_at=0, waiting_for="retry", attempts=2),
        )

    row = await database.read(lambda tx: messages.get(tx, "acme", "m"))
    assert row is not None
    assert (row.state, row.failure, row.payload_sealed) == ("sent", None, None)
    assert (row.connector_id, row.attempts, row.owner) == ("d", 1, None)
    assert await claimed(database, "two") == []


async def test_only_who_has_a_message_in_hand_decides_over_it(database: Database) -> None:
    await database.apply(messages.create(message()))
    await claimed(database, "one")

    await database.apply(
        messages.finish("acme", "m", owner="two", state="failed", at=1, attempts=1, failure="x"),
        messages.later("acme", "m", owner="two", due_at=0, waiting_for="retry", attempts=1),
    )

    row = await database.read(lambda tx: messages.get(tx, "acme", "m"))
    assert row is not None
    assert (row.state, row.owner, row.payload_sealed) == ("sending", "one", b"p")


async def test_a_message_goes_into_one_hand_however_many_reach(database: Database) -> None:
    await database.apply(*[messages.create(message(f"m{number}")) for number in range(20)])

    taken = await asyncio.gather(*(claimed(database, f"w{number}", 5) for number in range(8)))

    ids = [name for some in taken for name in some]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 5


async def test_messages_are_claimed_by_priority_then_age(database: Database) -> None:
    for name, priority, age in (("low", -5, 0), ("late", 5, 2), ("early", 5, 1), ("top", 9, 3)):
        await database.apply(
            messages.create(message(name, priority=priority, created_at=NOW + age))
        )
    await database.apply(messages.create(message("later", priority=10, due_at=NOW + 50)))

    assert await claimed(database, "one") == ["top", "early", "late", "low"]


async def test_a_message_is_adopted_once_and_only_from_the_dead(database: Database) -> None:
    for name, owner in (("alive", "living"), ("dead", "gone"), ("mine", "me")):
        await database.apply(
            messages.create(
                message(name, state="sending", owner=owner, attempt_at=NOW, due_at=None)
            )
        )
    process = processes.ProcessRow(id="living", kind="worker", host="h", pid=1, started_at=NOW)
    await database.apply(processes.seen(process, now=NOW + 20_000))

    def find(before: int) -> Any:
        return database.read(lambda tx: messages.orphans(tx, me="me", before=before, batch=9))

    assert await find(NOW) == []
    found = await find(NOW + 10_000)
    assert {row.id for row in found} == {"dead", "mine"}
    dead = next(row for row in found if row.id == "dead")
    won = await asyncio.gather(
        *(
            database.write(lambda tx, n=n: messages.adopt(tx, dead, owner=f"w{n}", now=NOW))
            for n in range(5)
        )
    )
    assert sorted(won) == [False] * 4 + [True]


async def test_a_suppressed_address_gets_no_message_and_its_unit_leaves_nothing(
    database: Database,
) -> None:
    def entry(**changes: Any) -> SuppressionRow:
        values = {"reason": "bounced", "connector_id": None, "note": None, "created_at": NOW}
        return SuppressionRow(
            tenant_id="acme",
            recipient_hash="r",
            recipient_sealed=b"s",
            **{**values, "expires_at": None, **changes},
        )

    await database.write(lambda tx: suppressions.put(tx, entry()))
    with pytest.raises(RecipientSuppressed):
        await database.apply(code(), messages.create(message()))
    assert await database.read(lambda tx: codes.find(tx, "acme", "s", "r")) is None
    await database.apply(messages.create(message("other", recipient_hash="somebody else")))

    await database.write(lambda tx: suppressions.put(tx, entry(expires_at=NOW)))
    await database.apply(messages.create(message()))


async def test_a_message_that_waits_is_claimed_with_what_the_list_says(
    database: Database,
) -> None:
    await database.apply(messages.create(message()))
    row = SuppressionRow(
        tenant_id="acme",
        recipient_hash="r",
        recipient_sealed=b"s",
        reason="complained",
        connector_id=None,
        note=None,
        created_at=NOW,
        expires_at=None,
    )
    await database.write(lambda tx: suppressions.put(tx, row))

    (found,) = await database.write(lambda tx: messages.claim(tx, owner="one", now=NOW + 1, most=1))

    assert found.suppressed == "complained"


async def test_a_change_is_heard_after_the_commit(database: Database) -> None:
    changes = database.changes()
    assert await asyncio.wait_for(anext(changes), 5) is None
    heard = asyncio.ensure_future(anext(changes))

    await database.write(lambda tx: tx.changed("acme"))

    assert await asyncio.wait_for(heard, 5) == "acme"
    await changes.aclose()


async def test_whoever_listens_can_be_stopped_together_with_a_change(database: Database) -> None:
    async def listen() -> None:
        async for _ in database.changes():
            pass

    for passes in range(6):
        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        writing = asyncio.create_task(database.write(lambda tx: tx.changed("acme")))
        while not writing.done():
            await asyncio.sleep(0)
        for _ in range(passes):
            await asyncio.sleep(0)
        listening.cancel()
        stopped, _ = await asyncio.wait({listening}, timeout=10)

        assert stopped, passes


async def test_each_change_in_another_process_is_heard(
    database: Database, database_url: str
) -> None:
    changes = database.changes()
    other = await opened(database_url)
    # No pause: once it says so, whoever listens misses nothing.
    assert await asyncio.wait_for(anext(changes), 5) is None

    for _ in range(2):
        await other.write(lambda tx: tx.changed("acme"))
        assert await asyncio.wait_for(anext(changes), 5) in {"acme", None}

    await other.close()
    await changes.aclose()


async def test_looking_for_a_code_does_not_slow_with_old_ones(
    database: Database, database_url: str
) -> None:
    async def work(tx: Transaction) -> None:
        for number in range(2000):
            call = code(f"old{number}")
            await tx.run(call.name, **call.arguments)

    await database.write(work)
    statement = "SELECT 1 FROM codes WHERE tenant_id = 'acme' AND identity_hash = 'old7'"
    if database_url.startswith("sqlite"):
        rows = (
            sqlite3.connect(database_url.removeprefix("sqlite:///"))
            .execute(f"EXPLAIN QUERY PLAN {statement}")
            .fetchall()
        )
        assert "USING" in rows[0][3]
        assert "INDEX" in rows[0][3]
    else:
        import asyncpg

        connection = await asyncpg.connect(database_url)
        await connection.execute("ANALYZE codes")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}"))
        await connection.close()
        assert "Index" in plan


_KEY = re.compile(r"tenant_id = :tenant_id\s+AND id = :id\b")


async def test_a_message_is_looked_up_by_its_key_before_anybody_counted_the_table(
    database_url: str,
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("its planner takes the key without having counted")
    import asyncpg

    by_key = [
        STATEMENTS[name]
        for name in STATEMENTS
        if name.startswith("messages.") and _KEY.search(STATEMENTS[name].sql)
    ]
    assert len(by_key) >= 8
    plans = {}
    connection = await asyncpg.connect(database_url)
    # An empty table that autovacuum has seen is read from end to end, there being no end.
    await connection.execute("SET enable_seqscan = off")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    for number, statement in enumerate(by_key):
        await connection.execute(f"PREPARE p{number} AS {statement.numbered_from(1)}")
        nothing = ", ".join(["NULL"] * len(statement.arguments))
        plan = await connection.fetch(f"EXPLAIN EXECUTE p{number} ({nothing})")
        plans[statement.name] = "\n".join(row[0] for row in plan)
    await connection.close()
    used = {
        name: re.findall(r"(?:using|Bitmap Index Scan on) (messages_\w+)", plan)
        for name, plan in plans.items()
    }
    assert used == {key: ["messages_pkey"] for key in used}, plans


@pytest.mark.parametrize("before", ["never", "empty"])
@pytest.mark.parametrize("table", ["codes", "pgqueuer"])
async def test_a_table_is_counted_again_as_soon_as_it_grows(
    database_url: str, monkeypatch: pytest.MonkeyPatch, table: str, before: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("its planner takes the key without having counted")
    monkeypatch.setattr("carteiro.storage.drivers.postgres._COUNT_SECONDS", 0.2)
    rows = Statement.of("test.rows", "SELECT reltuples FROM pg_class WHERE relname = :name")
    database = await opened(database_url)
    await database.write(lambda tx: tenants.create(tx, id="acme", name="acme", created_at=0))
    if before == "empty":
        import asyncpg

        connection = await asyncpg.connect(database_url)
        await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.close()

    def add(number: int) -> Any:
        job = Job(tenant_id="acme", id=f"j{number}", priority=0)
        return database.apply(code(f"r{number}"), jobs=[job])

    try:
        for start in range(0, 300, 50):
            await asyncio.gather(*(add(start + number) for number in range(50)))
        for _ in range(100):
            row = await database.read(lambda tx: tx.one(rows, name=table))
            if row is not None and row["reltuples"] >= 200:
                break
            await asyncio.sleep(0.1)
    finally:
        await database.close()
    assert row is not None
    assert row["reltuples"] >= 200


async def test_old_codes_are_discarded_in_batches(database: Database) -> None:
    for number in range(5):
        await database.apply(code(f"s{number}", created_at=NOW - number))

    gone = await database.write(lambda tx: codes.discard(tx, before=NOW - 1, batch=2))

    assert gone == 2


async def test_the_head_is_alembics_head(database: Database) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import carteiro.storage.migrations as package

    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    await require_current(database)


async def test_an_empty_database_is_outdated(tmp_path: Path) -> None:
    empty = await SqliteDatabase.open(tmp_path / "empty.db")

    with pytest.raises(SchemaOutdated):
        await require_current(empty)
    await empty.close()


async def test_a_locked_file_is_unavailable_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import carteiro.storage.drivers.sqlite as module
    from carteiro.storage.migrations.run import migrate

    url = f"sqlite:///{tmp_path / 'x.db'}"
    migrate(url)
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.2)  # the real wait is five seconds
    database = await opened(url)
    locker = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")

    begun = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await database.write(lambda tx: tenants.ensure_default(tx, 0))
    locker.execute("ROLLBACK")
    await database.write(lambda tx: tenants.ensure_default(tx, 0))

    assert time.monotonic() - begun < 4
    assert await database.read(lambda tx: tenants.get(tx, "default")) is not None
    locker.close()
    await database.close()


async def test_a_database_that_restarts_is_unavailable_and_then_works(
    tmp_path: Path,
) -> None:
    from carteiro.storage.migrations.run import migrate

    server = PostgresServer()
    try:
        url = server.dsn("restarting")
        await asyncio.to_thread(migrate, url)
        database = await PostgresDatabase.open(url, pool_size=2)
        await database.write(lambda tx: tenants.ensure_default(tx, 0))
        server.halt()
        with pytest.raises(StorageUnavailable):
            await database.apply(code(tenant="default"))
        server.start()
        await database.apply(code(tenant="default"))

        assert await find(database, tenant="default") is not None
        await database.close()
    finally:
        server.stop()


async def test_what_was_committed_survives_a_killed_process(tmp_path: Path) -> None:
    import subprocess
    import sys

    from carteiro.storage.migrations.run import migrate

    migrate(f"sqlite:///{tmp_path / 'x.db'}")
    script = (
        "import asyncio, os, sys, signal\nfrom pathlib import Path\n"
        "from carteiro.storage.tenancy import tenants\nfrom carteiro.storage.drivers.sqlite import SqliteDatabase\n"
        "async def main():\n"
        "    db = await SqliteDatabase.open(Path(sys.argv[1]))\n"
        "    for n in range(50):\n"
        "        await db.write(lambda tx, n=n: tenants.create(tx, id=f't{n}', name='x', created_at=0))\n"
        "        print(n, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "x.db")],
        capture_output=True,
        text=True,
        check=False,
    )

    database = await SqliteDatabase.open(tmp_path / "x.db")
    rows = await database.read(tenants.list_all)
    await database.close()
    assert done.returncode == -9
    assert len(rows) == len(done.stdout.split()) == 50


async def test_a_quick_read_sees_what_is_committed(database: Database) -> None:
    before = await database.read(tenants.list_all, quick=True)
    await database.write(lambda tx: tenants.create(tx, id="new", name="New", created_at=0))
    after = await database.read(tenants.list_all, quick=True)

    assert {row.id for row in after} - {row.id for row in before} == {"new"}


async def test_a_quick_read_does_not_wait_for_a_slow_one(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "x.db")
    ends = threading.Event()

    async def slow(_: Transaction) -> bool:
        return ends.wait(60)

    async def thread(_: Transaction) -> str:
        return threading.current_thread().name

    waiting = asyncio.create_task(database.read(slow))
    await asyncio.sleep(0)
    here = await database.read(thread, quick=True)
    ends.set()

    assert await waiting
    assert here == threading.current_thread().name
    assert await database.read(thread) != here
    await database.close()


async def test_a_quick_read_that_another_process_stops_waits_in_the_thread(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "x.db")
    holder, other = (sqlite3.connect(tmp_path / "x.db", timeout=0) for _ in range(2))
    holder.execute("BEGIN IMMEDIATE")
    tries: list[str] = []

    async def stopped_once(_: Transaction) -> str:
        tries.append(threading.current_thread().name)
        if len(tries) == 1:
            other.execute("BEGIN IMMEDIATE")
        return tries[-1]

    there = await database.read(stopped_once, quick=True)

    assert len(tries) == 2
    assert there != threading.current_thread().name
    for connection in (holder, other):
        connection.close()
    await database.close()
