"""What nobody needs any more goes, and what somebody does stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.delivery.gates.suppression import SuppressionReason, suppression
from carteiro.model.addresses import parse_address
from carteiro.runtime import maintenance
from carteiro.runtime.maintenance import tidy
from carteiro.storage.drivers.database import Database
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import suppressions
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

from .conftest import Post, T, working

_DAY = 86_400_000
_TOTALS = Statement.of(
    "test.totals",
    "SELECT (SELECT COUNT(*) FROM messages) AS messages, "
    "(SELECT COUNT(*) FROM attempts) AS attempts, "
    "(SELECT COUNT(*) FROM message_events) AS events, "
    "(SELECT COUNT(*) FROM suppressions) AS suppressions",
)


async def test_old_messages_events_and_suppressions_go(post: Post) -> None:
    world = post.world
    now = world.clock.now()
    async with HttpSink(Answer(200, b"{}")) as sink:
        await post.connect(sink, mode="queued")
        async with working(world):
            await post.ask("a@example.com")
            (row,) = await post.ended()
        await post.ask("waits@example.com")
    event = FeedbackEvent(id="1", type=EventType.OPENED, occurred_at=now, message_id=row.id)
    await world.feedback.take(T, "c", "http-email", [event])
    for name, until in (("short", now + _DAY), ("long", now + 90 * _DAY)):
        entry = suppression(
            world.keyring,
            T,
            parse_address(f"{name}@example.com"),
            SuppressionReason.MANUAL,
            now=now,
            expires_at=until,
        )
        await world.database.write(lambda tx, entry=entry: suppressions.put(tx, entry))

    async def totals() -> tuple[int, ...]:
        found = await world.database.read(lambda tx: tx.one(_TOTALS))
        assert found is not None
        return tuple(found[n] for n in ("messages", "attempts", "events", "suppressions"))

    await tidy(world)
    assert await totals() == (2, 1, 1, 2)
    object.__setattr__(world, "clock", FrozenClock(now + 31 * _DAY))
    await tidy(world)
    assert await totals() == (1, 0, 0, 1), "what waits has not ended"


async def test_the_engines_log_is_kept_for_a_day(post: Post) -> None:
    world = post.world
    if not hasattr(world.queue, "_dsn"):
        return
    async with HttpSink(Answer(200, b"{}")) as sink:
        await post.connect(sink, mode="queued")
        async with working(world):
            await post.ask()
            await post.ended()
    count = Statement.of("test.count", "SELECT COUNT(*) AS total FROM pgqueuer_log")
    age = Statement.of(
        "test.age",
        "UPDATE pgqueuer_log SET created = NOW() - INTERVAL '25 hours' "
        "WHERE status = 'queued' RETURNING id",
    )
    before = await world.database.read(lambda tx: tx.one(count))
    old = await world.database.write(lambda tx: tx.all(age))
    await tidy(world)
    after = await world.database.read(lambda tx: tx.one(count))
    assert before is not None
    assert after is not None
    assert old
    assert after["total"] == before["total"] - len(old)


async def test_the_wait_for_the_writer_is_no_work_of_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(maintenance, "time", SimpleNamespace(monotonic=lambda: now[0]))

    async def write(work: Any) -> Any:
        now[0] += 5
        answer = await work(None)
        now[0] += 5
        return answer

    async def step(_: Any, *, batch: int) -> int:
        now[0] += 0.25
        return batch

    database = cast("Database", SimpleNamespace(write=write))

    assert await maintenance._discard(database, step, 32) == (32, 0.25)
