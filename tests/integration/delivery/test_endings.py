"""However a message ends: hooks are told, the log has it, and its attempts stand on its timeline."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from carteiro.delivery.hands import courier, retries
from carteiro.errors import DeliveryFailed
from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.operate.messages import hasten_message
from carteiro.model.page import Page
from carteiro.secrets import Key, Keyring
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import attempts
from carteiro.storage.mail.attempts import AttemptRow
from carteiro.storage.queues import processes
from carteiro.storage.queues.processes import ProcessRow
from carteiro.storage.tenancy import logs
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.http_sink import Answer, HttpSink, refused, throttled

from .conftest import Post, T, eventually, working

QUEUED = {"mode": "queued"}
WELL = Answer(200, b"{}")
ANA = "ana@example.com"
FOREIGN = Keyring([Key("elsewhere", b"e" * 32)]).seal(b"{}", "messages")
_AGE = Statement.of("test.age", "UPDATE messages SET expires_at = 1 RETURNING id")
_SWAP = Statement.of("test.swap", "UPDATE messages SET payload_sealed = :sealed RETURNING id")
_CLAIM = Statement.of(
    "test.claim",
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :at RETURNING id",
)
_LOSE = Statement.of("test.lose", "DELETE FROM pgqueuer RETURNING id", sqlite="SELECT 1 AS id")
_TOLD = Statement.of("test.told", "SELECT event, body FROM hook_deliveries ORDER BY created_at")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoff in hundredths: its shape is tested with the injected clock."""
    monkeypatch.setattr(retries, "FIRST", 20)


async def listen(post: Post) -> None:
    """A hook for every end; nothing sends what it is told."""
    events = ["Message.Failed", "Message.Cancelled", "Message.Suppressed"]
    await create_hook(post.world, T, NewHook(events=events, config={"url": "http://127.0.0.1:9"}))


async def told(post: Post) -> list[tuple[str, str]]:
    rows = await post.world.database.read(lambda tx: tx.all(_TOLD))
    return [(row["event"], json.loads(row["body"])["data"]["reason"]) for row in rows]


async def logged(post: Post) -> list[dict[str, Any]]:
    """What the audit log has of messages."""
    found = await post.world.database.read(
        lambda tx: logs.find(tx, T, LogFilter(), Page(), count_at_most=None)
    )
    entries = [json.loads(row.payload) for row in found.rows]
    return [entry for entry in entries if entry["key"].startswith("Message.")]


async def left_behind(post: Post) -> int:
    """As a process leaves it that is killed between the claim and the answer; when it claimed."""
    await post.world.presence.ensure()
    long_ago = post.world.clock.now() - 60_000
    await post.world.database.write(lambda tx: tx.all(_CLAIM, owner="gone", at=long_ago))
    post.world.presence._lasting_since = long_ago
    return long_ago


async def suppressed(post: Post) -> None:
    await suppress(post.world, T, ANA, note=None, expires_at=None)


async def aged(post: Post) -> None:
    await post.world.database.write(lambda tx: tx.all(_AGE))


async def nothing(post: Post) -> None:
    pass


@pytest.mark.parametrize(
    ("answer", "meanwhile", "event", "reason", "decisions"),
    [
        (refused(400), nothing, "Message.Failed", "permanent", ["give-up"]),
        (throttled("3600"), nothing, "Message.Cancelled", "expired", ["retry"]),
        (WELL, aged, "Message.Cancelled", "expired", []),
        (WELL, suppressed, "Message.Suppressed", "suppressed", []),
    ],
    ids=["refused", "too late", "expired", "suppressed"],
)
async def test_the_end_in_the_queue_is_told_and_on_record(
    post: Post,
    answer: Answer,
    meanwhile: Callable[[Post], Awaitable[None]],
    event: str,
    reason: str,
    decisions: list[str],
) -> None:
    async with HttpSink(answer) as sink:
        await post.connect(sink, **QUEUED)
        await listen(post)
        await post.ask(ANA)
        await meanwhile(post)
        async with working(post.world):
            (row,) = await post.ended()
        timeline = await post.only()

    assert row.failure == reason
    assert await told(post) == [(event, reason)]
    assert [attempt.decision for attempt in timeline.attempts] == decisions
    assert [attempt.factory_id for attempt in timeline.attempts] == ["http-email"] * len(decisions)
    (entry,) = await logged(post)
    assert entry["key"] == event
    assert entry["reason"] == reason
    assert entry["recipient"] == "a***@example.com"
    assert entry.get("connectorId") == (row.connector_id if decisions else None)
    labels = {"state": row.state, "reason": reason}
    metrics = post.world.telemetry.registry
    assert metrics.get_sample_value("carteiro_messages_ended_total", labels) == 1


async def test_the_end_in_a_request_is_told_and_on_record(post: Post) -> None:
    async with HttpSink(refused(503)) as sink:
        await post.connect(sink)
        await listen(post)
        with pytest.raises(DeliveryFailed):
            await post.ask(ANA)
        timeline = await post.only()

    assert await told(post) == [("Message.Failed", "transient")]
    assert [attempt.decision for attempt in timeline.attempts] == ["give-up"]
    (entry,) = await logged(post)
    assert (entry["key"], entry["reason"]) == ("Message.Failed", "transient")
    assert entry["error"] == {"code": "connector.general"}


async def test_what_a_dead_process_may_have_sent_is_given_up_where_twice_is_worse(
    post: Post,
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED, onUnknownOutcome="give-up")
        await listen(post)
        await post.ask(ANA)
        claimed_at = await left_behind(post)
        assert await post.world.recovery.look() == 1
        timeline = await post.only()

    (lost,) = timeline.attempts
    assert (timeline.row.state, timeline.row.failure) == ("failed", "unknown")
    assert (lost.number, lost.outcome, lost.decision) == (1, "lost", "give-up")
    assert (lost.disposition, lost.factory_id) == ("unknown", "http-email")
    assert lost.started_at == claimed_at
    assert await told(post) == [("Message.Failed", "unknown")]
    assert sink.requests == []


@pytest.mark.parametrize("readable", [True, False])
async def test_what_expired_in_a_dead_hand_is_cancelled_with_its_attempt(
    post: Post, readable: bool
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        if not readable:
            await post.world.database.write(lambda tx: tx.all(_SWAP, sealed=FOREIGN))
        await left_behind(post)
        await aged(post)
        assert await post.world.recovery.look() == 1
        timeline = await post.only()

    assert (timeline.row.state, timeline.row.failure) == ("cancelled", "expired")
    assert timeline.row.attempts == 1
    assert [attempt.outcome for attempt in timeline.attempts] == ["lost"]
    (entry,) = await logged(post)
    assert (entry["key"], entry["reason"]) == ("Message.Cancelled", "expired")
    assert ("recipient" in entry) is readable


async def test_of_two_that_find_a_message_in_a_dead_hand_one_goes_on_with_it(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        await left_behind(post)
        (row,) = await post.rows()  # as both have read it
        now = post.world.clock.now()
        found = [await post.world.recovery._adopt_one(row, now) for _ in range(2)]
        timeline = await post.only()

    assert found == [1, 0]
    assert [attempt.number for attempt in timeline.attempts] == [1]


async def test_what_another_living_process_has_in_hand_is_left_alone(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        seen_at = await left_behind(post) + 57_000
        row = ProcessRow(id="gone", kind="worker", host="h", pid=1, started_at=1, drove_at=None)
        await post.world.database.apply(processes.seen(row, now=seen_at))

        assert await post.world.recovery.look() == 0


async def test_who_takes_a_message_says_that_it_lives(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
    await post.world.database.apply(processes.gone(post.world.presence.id))
    post.world.presence._told_at = None
    (row,) = await post.rows()
    taken = await post.world.recovery.take(T, row.id)
    alive = await post.world.database.read(lambda tx: processes.alive(tx, since=0))

    assert taken is not None
    assert taken.owner in [process.id for process in alive]


async def test_a_lost_attempt_is_counted_after_those_that_are_on_record(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        (row,) = await post.rows()
        # A first connector had failed, and the next one was being tried.
        first = AttemptRow(
            number=1,
            connector_id=row.connector_id,
            factory_id="http-email",
            started_at=1,
            finished_at=2,
            outcome="refused",
            decision="fallback",
        )
        await post.world.database.apply(attempts.made(T, row.id, first))
        await left_behind(post)
        assert await post.world.recovery.look() == 1
        timeline = await post.only()

    assert [(a.number, a.outcome) for a in timeline.attempts] == [(1, "refused"), (2, "lost")]


async def test_a_message_out_of_a_dead_hand_needs_no_job_of_before(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        await left_behind(post)
        await post.world.database.write(lambda tx: tx.all(_LOSE))
        assert await post.world.recovery.look() == 1
        async with working(post.world):
            (row,) = await post.ended()

    assert (row.state, len(sink.requests)) == ("sent", 1)


async def test_a_defect_of_ours_neither_loses_a_message_nor_tries_it_without_pause(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: Any) -> None:
        raise RuntimeError(ANA)

    async def put_back() -> bool:
        (row,) = await post.rows()
        return row.attempts > 0

    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        before = post.world.clock.now()
        async with working(post.world):
            with monkeypatch.context() as broken:
                broken.setattr(courier, "death_when_claimed", defect)
                await post.ask(ANA)
                assert await eventually(put_back)
            (row,) = await post.rows()
            await hasten_message(post.world, T, row.id)
            (sent,) = await post.ended()

    assert (row.state, row.attempts, row.waiting_for) == ("queued", 1, "retry")
    assert row.due_at is not None
    assert row.due_at - before >= 30_000
    assert sent.state == "sent"
    assert post.world.presence.drove_at is not None
