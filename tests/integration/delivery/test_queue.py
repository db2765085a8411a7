"""Queued delivery: answered when committed, worked off, tried again, and never lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from carteiro.delivery.hands import retries
from carteiro.errors import (
    DeliveryFailed,
    MessageNotWaiting,
    RecipientSuppressed,
    StorageUnavailable,
)
from carteiro.flows.administer.mail.suppressions import allow, suppress
from carteiro.flows.backend.verify_address import redeem_code
from carteiro.flows.operate.messages import cancel_message, hasten_message
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Call
from carteiro.storage.drivers.statements import Statement
from carteiro.testing.http_sink import DROPPED, Answer, HttpSink, refused, throttled

from .conftest import Post, T, eventually, working

_AGE = Statement.of("test.age", "UPDATE messages SET expires_at = 1 RETURNING id")
_OLD = Statement.of("test.old", "UPDATE messages SET due_at = due_at - 60000 RETURNING id")
_LOSE = Statement.of("test.lose", "DELETE FROM pgqueuer RETURNING id")
_LONG_AGO = Statement.of(
    "test.long_ago",
    "UPDATE messages SET attempt_at = attempt_at - 60000 WHERE state = 'sending' RETURNING id",
)
_CLAIM = Statement.of(
    "test.claim",
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now RETURNING id",
)
QUEUED = {"mode": "queued"}
WELL = Answer(200, b"{}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoff in hundredths: its shape is tested with the injected clock."""
    monkeypatch.setattr(retries, "FIRST", 20)


async def test_a_request_is_answered_before_anything_is_sent(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        assert sink.requests == []
        (row,) = await post.rows()
        assert (row.state, row.mode, row.attempts) == ("queued", "queued", 0)

        async with working(post.world):
            (sent,) = await post.ended()

        assert (sent.state, sent.attempts, len(sink.requests)) == ("sent", 1, 1)
        code = json.loads(sink.requests[0].body)["payload"]["code"]
        await redeem_code(post.world, T, code, email="ana@example.com")


async def test_it_is_woken_at_once(post: Post, seldom_looking: None) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            await asyncio.sleep(0.6)  # everything looks for work, finds none, and rests
            await post.ask()
            assert await asyncio.wait_for(sink.arrived.wait(), 60)


async def test_a_transient_failure_is_tried_again_with_the_same_id(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        sink.script.extend([refused(503), refused(502)])
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            await post.ask()
            (row,) = await post.ended()

        timeline = await post.only()
    assert (row.state, row.attempts) == ("sent", 3)
    assert [a.disposition for a in timeline.attempts] == ["transient", "transient", None]
    assert [a.decision for a in timeline.attempts] == ["retry", "retry", None]
    assert len({request.body for request in sink.requests}) == 1


async def test_a_permanent_failure_stops_at_once_and_gives_the_limit_back(post: Post) -> None:
    async with HttpSink(refused(400)) as sink:
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            for number in range(12):  # ten is the limit
                await post.ask()
                rows = await post.ended(number + 1)

    assert len(sink.requests) == 12
    assert {(row.state, row.failure) for row in rows} == {("failed", "permanent")}
    assert all(row.payload_sealed is None for row in rows)


async def test_retry_after_is_obeyed(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        sink.script.extend([throttled("1")])
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            await post.ask()
            (row,) = await post.ended()

    first, second = (request.at for request in sink.requests)
    assert row.state == "sent"
    assert second - first >= 1.0


@pytest.mark.parametrize(
    ("policy", "state", "attempts"), [("retry", "sent", 2), ("give-up", "failed", 1)]
)
async def test_a_lost_answer_follows_the_duplicate_policy(
    post: Post, policy: str, state: str, attempts: int
) -> None:
    async with HttpSink(WELL) as sink:
        sink.script.append(DROPPED)
        await post.connect(sink, **QUEUED, onUnknownOutcome=policy)
        async with working(post.world):
            await post.ask()
            (row,) = await post.ended()
    assert (row.state, row.attempts, len(sink.requests)) == (state, attempts, attempts)


async def test_an_expired_code_is_cancelled_and_never_mailed(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()

        await post.world.database.write(lambda tx: tx.all(_AGE))
        async with working(post.world):
            (row,) = await post.ended()

    assert (row.state, row.failure, sink.requests) == ("cancelled", "expired", [])
    assert row.payload_sealed is None


async def test_what_expires_without_a_worker_is_cancelled_by_whoever_looks(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await post.world.database.write(lambda tx: tx.all(_AGE))
        assert await post.world.recovery.look() == 1
        timeline = await post.only()

    assert (timeline.row.state, timeline.row.failure) == ("cancelled", "expired")


async def test_a_suppressed_address_is_refused_and_told_of(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink)
        await suppress(post.world, T, "Ana@Example.com", note=None, expires_at=None)
        with pytest.raises(RecipientSuppressed):
            await post.ask("ana@example.com")
        await post.ask("other@example.com")
        assert len(sink.requests) == 1
        (row,) = await post.rows(recipient="ana@example.com")
        assert (row.state, row.failure) == ("cancelled", "suppressed")
        await allow(post.world, T, "ana@example.com")
        await post.ask("ana@example.com")

    (entry,) = await post.logged("Message.Suppressed")
    assert "ana@example.com" not in entry.payload


async def test_a_suppression_stops_what_waits(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await suppress(post.world, T, "ana@example.com", note=None, expires_at=None)
        async with working(post.world):
            (row,) = await post.ended()

    assert (row.state, row.failure, sink.requests) == ("cancelled", "suppressed", [])
    assert len(await post.logged("Message.Suppressed")) == 1
    assert await post.logged("Message.Cancelled") == []


async def test_a_waiting_message_is_hastened_or_cancelled_and_one_that_ended_is_not(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST", 60_000)
    async with HttpSink(WELL) as sink:
        sink.script.extend([refused(503)])
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            await post.ask()

            async def waiting() -> Any:
                rows = await post.rows(state="queued")
                return [row for row in rows if row.waiting_for == "retry"]

            (row,) = await eventually(waiting)
            await hasten_message(post.world, T, row.id)
            (ended,) = await post.ended()
            assert ended.state == "sent"
            for act in (hasten_message, cancel_message):
                with pytest.raises(MessageNotWaiting):
                    await act(post.world, T, row.id)

            sink.script.append(refused(503))
            await post.ask("second@example.com")
            (second,) = await eventually(waiting)
            await cancel_message(post.world, T, second.id)
        (row,) = await post.rows(recipient="second@example.com")
    assert (row.state, row.failure, row.payload_sealed) == ("cancelled", "cancelled", None)


async def test_second_factors_go_before_sign_in_before_invitations(post: Post) -> None:
    kinds = [
        TemplateType.ORGANIZATION_INVITATION,
        TemplateType.SIGN_IN,
        TemplateType.MFA_VERIFICATION,
        TemplateType.FORGOT_PASSWORD,
    ]
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        for number, kind in enumerate(kinds):
            await post.ask(f"a{number}@example.com", kind)
        async with working(post.world, most=2):
            rows = await post.ended(4)

    # Two are in hand at once: which of them the provider sees first is the network's business.
    taken = {row.type: row.attempt_at or 0 for row in rows}
    urgent = max(taken["MfaVerification"], taken["ForgotPassword"])
    assert urgent <= taken["SignIn"] <= taken["OrganizationInvitation"]
    assert len(sink.requests) == 4


async def test_what_a_dead_process_had_in_hand_is_taken_over(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await post.world.presence.ensure()
        now = post.world.clock.now()
        # As a process leaves it that is killed between the claim and the provider's answer.
        claimed = await post.world.database.write(
            lambda tx: tx.all(_CLAIM, owner="gone", now=now - 60_000)
        )
        assert len(claimed) == 1
        assert await post.world.recovery.look() == 0, "others are given time to say that they live"
        post.world.presence._lasting_since = now - 60_000

        assert await post.world.recovery.look() == 1
        async with working(post.world):
            (row,) = await post.ended()
        timeline = await post.only()

    assert (row.state, row.attempts, len(sink.requests)) == ("sent", 2, 1)
    assert [(a.number, a.outcome, a.decision) for a in timeline.attempts] == [
        (1, "lost", "retry"),
        (2, "accepted", None),
    ]


@pytest.mark.parametrize("mode", ["queued", "direct"])
async def test_the_living_are_left_alone(post: Post, mode: str) -> None:
    async with HttpSink(Answer(200, b"{}", delay=2)) as sink:
        await post.connect(sink, mode=mode)
        async with working(post.world), asyncio.TaskGroup() as asking:
            asking.create_task(post.ask())
            await sink.arrived.wait()
            post.world.presence._lasting_since = 0
            # It is in hand for so long that it would be taken out of a dead one.
            aged = await post.world.database.write(lambda tx: tx.all(_LONG_AGO))
            found = await post.world.recovery.look()
        (row,) = await post.ended()
    assert (len(aged), found) == (1, 0)
    assert (row.state, row.attempts, len(sink.requests)) == ("sent", 1, 1)


async def test_a_message_without_a_job_gets_one(post: Post, request: pytest.FixtureRequest) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("on SQLite the messages are the queue")
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await post.world.database.write(lambda tx: tx.all(_LOSE))
        await post.world.database.write(lambda tx: tx.all(_OLD))
        await post.world.presence.ensure()
        post.world.presence._lasting_since = 0

        assert await post.world.recovery.look() == 1
        assert await post.world.recovery.look() == 0
        async with working(post.world):
            (row,) = await post.ended()
    assert (row.state, len(sink.requests)) == ("sent", 1)


async def test_an_outcome_is_recorded_however_long_the_database_is_away(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Any = post.world.database
    real, refusals = database.apply, 0

    async def flaky(*calls: Call, **given: Any) -> None:
        nonlocal refusals
        if calls and calls[0].name == "messages.sent" and refusals < 3:
            refusals += 1
            raise StorageUnavailable
        await real(*calls, **given)

    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        monkeypatch.setattr(database, "apply", flaky)
        await post.ask()
        async with working(post.world):
            (row,) = await post.ended()
    assert (row.state, len(sink.requests), refusals) == ("sent", 1, 3)


async def test_direct_mode_raises_the_connectors_error_as_before(post: Post) -> None:
    async with HttpSink(refused(503)) as sink:
        await post.connect(sink)
        with pytest.raises(DeliveryFailed):
            await post.ask()
        timeline = await post.only()
    assert (timeline.row.state, timeline.row.failure) == ("failed", "transient")
    assert len(sink.requests) == 1


async def test_nothing_of_a_code_is_at_rest_in_clear(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        sink.script.extend([refused(503)])
        await post.connect(sink, **QUEUED)
        async with working(post.world):
            await post.ask("ana@example.com")
            await post.ended()
        code = json.loads(sink.requests[0].body)["payload"]["code"]
        timeline = await post.only()
    assert code not in repr(timeline)
    assert "ana@example.com" not in repr(timeline)
