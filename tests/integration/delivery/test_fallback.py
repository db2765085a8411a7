"""Further connectors: when they are tried, when they are not, and what is on record of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from carteiro.api.management.messages.schemas import timeline_response
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.connectors.http.refusals import Refusal, meaning_of
from carteiro.connectors.registry import Registry
from carteiro.connectors.smtp.errors import Stage, no_answer
from carteiro.connectors.smtp.errors import refused as smtp_refused
from carteiro.delivery.gates.gate import FAILURES, FIRST_PAUSE, Circuit, Limits, Pacer
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import ConnectorError, DeliveryFailed, Disposition, RateLimitExceeded
from carteiro.flows.administer.mail.fallbacks import (
    create_fallback,
    delete_fallback,
    list_fallbacks,
)
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.messages import get_timeline
from carteiro.testing.outbox import OutboxConnector

from .conftest import Bench, Post, T
from .test_outage import live


def error_of(disposition: Disposition) -> ConnectorError:
    if disposition is Disposition.THROTTLED:
        return RateLimitExceeded()
    return DeliveryFailed("x", disposition=disposition)


def tables() -> list[tuple[str, list[Refusal]]]:
    """Every connector's rows, and the statuses that all share."""
    shared = [meaning_of((), status) for status in (400, 401, 403, 408, 413, 421, 429, 500, 504)]
    found = [("every connector", shared)]
    smtp = [
        (Stage.MAIL, 421, "Too busy"),
        (Stage.RCPT, 450, "4.2.0 Greylisted, try again later"),
        (Stage.RCPT, 451, "4.7.1 Rate limit exceeded"),
        (Stage.RCPT, 452, "4.3.1 Insufficient storage"),
        (Stage.DATA, 452, "4.2.2 Mailbox full"),
        (Stage.AUTH, 454, "4.7.0 Temporary authentication failure"),
        (Stage.AUTH, 535, "5.7.8 Bad credentials"),
        (Stage.RCPT, 550, "5.1.1 No such user"),
        (Stage.DATA, 552, "5.3.4 Too big"),
        (Stage.DATA, 554, "5.7.1 Refused"),
    ]
    rows = [Refusal(code, smtp_refused(at, code, text).disposition, "") for at, code, text in smtp]
    found.append(("SMTP", [*rows, Refusal(0, no_answer(OSError()).disposition, "")]))
    for factory in Registry.discover().factories():
        rows = factory.refusals if issubclass(factory, HttpApiConnector) else ()
        found += [(factory.metadata.id, list(rows))] if rows else []
    return found


@pytest.mark.parametrize("state", list(Circuit))
@pytest.mark.parametrize(("name", "rows"), tables(), ids=[name for name, _ in tables()])
async def test_the_matrix(bench: Bench, name: str, rows: list[Refusal], state: Circuit) -> None:
    one, two = await bench.outboxes()
    for row in rows:
        await bench.breaker(state)
        (await bench.entries())[0].gate.pacer = Pacer(Limits())  # throttling is not what this is of
        one.failures.clear()
        one.failures.append(error_of(row.disposition))
        before = len(two.messages)

        timeline = await bench.send()

        took = len(two.messages) - before
        if state is Circuit.OPEN:
            assert took == 1, (name, row)
            assert json.loads(timeline.attempts[0].skipped)[0]["reason"] == "breaker"
            assert len(timeline.attempts) == 1
            continue
        elsewhere = row.disposition is not Disposition.PERMANENT
        assert took == int(elsewhere), (name, row)
        decisions = [a.decision for a in timeline.attempts]
        assert decisions == (["fallback", None] if elsewhere else ["give-up"]), (name, row)
        assert timeline.row.state == ("sent" if elsewhere else "failed")
        if not elsewhere:
            assert bench.raised is not None
            assert timeline.row.failure == "permanent"


async def test_when_all_fail_the_first_ones_error_is_the_answer(bench: Bench) -> None:
    one, two = await bench.outboxes()
    one.failures.append(DeliveryFailed("the first", disposition=Disposition.TRANSIENT))
    two.failures.append(DeliveryFailed("the second", disposition=Disposition.TRANSIENT))
    timeline = await bench.send()
    assert bench.raised is not None
    assert bench.raised.message == "the first"
    assert (timeline.row.state, len(timeline.attempts)) == ("failed", 2)


async def test_an_unanswered_attempt_goes_nowhere_else_if_twice_is_worse_than_never(
    bench: Bench,
) -> None:
    await update_delivery(bench.world, T, {"onUnknownOutcome": "give-up"})
    one, two = await bench.outboxes()
    one.failures.append(DeliveryFailed("?", disposition=Disposition.UNKNOWN))
    timeline = await bench.send()
    assert (timeline.row.state, timeline.row.failure, two.messages) == ("failed", "unknown", [])


async def test_a_defect_in_a_plug_in_may_have_sent_the_message(bench: Bench) -> None:
    await update_delivery(bench.world, T, {"onUnknownOutcome": "give-up"})
    one, two = await bench.outboxes()
    one.failures.append(ValueError("a defect with 123456 in it"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a defect"):
        await bench.send()
    (row,) = await Post(bench.world).rows()
    timeline = await get_timeline(bench.world, T, row.id)
    assert (row.state, row.failure, two.messages) == ("failed", "unknown", [])
    assert [(a.outcome, a.disposition) for a in timeline.attempts] == [("broken", "unknown")]
    assert "123456" not in repr(timeline)


async def test_a_connector_that_cannot_be_used_is_passed_over(bench: Bench) -> None:
    workspace = await bench.world.workspaces.of(T)
    broken = OpenConnector(workspace.route()[0].row, None, DeliveryFailed("broken"))
    workspace.fallbacks = [broken, *workspace.fallbacks]
    first = workspace.email
    assert first is not None
    assert isinstance(first.connector, OutboxConnector)
    first.connector.outbox.failures.append(error_of(Disposition.TRANSIENT))
    timeline = await bench.send()
    assert timeline.row.state == "sent"
    assert json.loads(timeline.attempts[1].skipped) == [
        {"connectorId": broken.row.id, "reason": "unusable"}
    ]


async def test_in_the_queue_a_message_waits_for_the_breaker_and_is_not_an_attempt(
    bench: Bench,
) -> None:
    for fallback in await list_fallbacks(bench.world, T):
        await delete_fallback(bench.world, T, fallback.row.id)
    await update_delivery(bench.world, T, {"mode": "queued"})
    await bench.breaker(Circuit.OPEN)
    timeline = await bench.send()
    begin = bench.clock.now()

    await live(bench.world, bench.clock, begin + 1)
    waiting = await get_timeline(bench.world, T, timeline.row.id)
    await live(bench.world, bench.clock, begin + 2 * FIRST_PAUSE)
    sent = await get_timeline(bench.world, T, timeline.row.id)

    assert (waiting.row.state, waiting.row.waiting_for) == ("queued", "breaker")
    assert (waiting.row.attempts, waiting.attempts) == (0, [])
    assert (sent.row.state, sent.row.attempts) == ("sent", 1)


async def test_alone_in_a_request_the_breaker_is_not_asked(bench: Bench) -> None:
    for fallback in await list_fallbacks(bench.world, T):
        await delete_fallback(bench.world, T, fallback.row.id)
    await bench.breaker(Circuit.OPEN)
    timeline = await bench.send()
    assert (timeline.row.state, bench.raised) == ("sent", None)


async def test_the_order_is_the_administrators(bench: Bench) -> None:
    await create_fallback(bench.world, T, "second", {}, limits={})
    one, two, three = [entry.connector for entry in await bench.entries()]
    for connector in (one, two):
        assert isinstance(connector, OutboxConnector)
        connector.outbox.failures.append(error_of(Disposition.TRANSIENT))
    timeline = await bench.send()
    assert isinstance(three, OutboxConnector)
    assert len(three.outbox.messages) == 1
    assert [a.decision for a in timeline.attempts] == ["fallback", "fallback", None]
    ids = {message.id for message in three.outbox.messages}
    assert ids == {timeline.row.id}, "the same id, and so the same Message-ID, on every attempt"


async def test_a_message_of_the_queue_waits_for_a_busy_connector_and_does_not_spill_over(
    bench: Bench,
) -> None:
    await update_delivery(bench.world, T, {"mode": "queued", "rateLimit": {"perSecond": 1}})
    one, two = await bench.outboxes()
    for number in range(4):
        await send_code(bench.world, T, Asked(email=f"b{number}@example.com"))
    await live(bench.world, bench.clock, bench.clock.now() + 20_000)
    assert (len(one.messages), len(two.messages)) == (4, 0)
    ids = [row.id for row in await Post(bench.world).rows()]
    held = [(await get_timeline(bench.world, T, id_)).idle_rounds for id_ in ids]
    # One was sent at once; each of the others stands there with why it was not.
    assert sorted(len(rounds) for rounds in held) == [0, 1, 1, 1]
    for (idle,) in filter(None, held):
        assert (idle.waiting_for, idle.after) == ("rate", 0)
        assert (idle.due_at or 0) > idle.last_at >= idle.first_at
        assert [skip["reason"] for skip in json.loads(idle.skipped)] == ["rate"]


async def test_each_time_that_no_circuit_is_closed_stands_on_the_timeline(bench: Bench) -> None:
    await update_delivery(bench.world, T, {"mode": "queued"})
    opened = bench.clock.now()
    for entry in await bench.entries():
        for _ in range(FAILURES):
            entry.gate.breaker.failed(bench.clock.now())
    timeline = await bench.send()
    assert timeline.idle_rounds == []
    await live(bench.world, bench.clock, bench.clock.now() + FIRST_PAUSE + 2_000)

    timeline = await get_timeline(bench.world, T, timeline.row.id)
    assert timeline.row.state == "sent"
    (idle,) = timeline.idle_rounds
    assert (idle.waiting_for, idle.after, idle.times) == ("breaker", 0, 1)
    assert [skip["reason"] for skip in json.loads(idle.skipped)] == ["breaker", "breaker"]
    (shown,) = [m for m in timeline_response(timeline)["timeline"] if m["event"] == "held"]
    assert (shown["waitingFor"], shown["dueAt"]) == ("breaker", opened + FIRST_PAUSE)


async def test_a_request_that_no_connector_could_serve_says_why(bench: Bench) -> None:
    for entry in await bench.entries():
        for _ in range(FAILURES):
            entry.gate.breaker.failed(bench.clock.now())
    timeline = await bench.send()

    assert isinstance(bench.raised, RateLimitExceeded)
    (shown,) = [m for m in timeline_response(timeline)["timeline"] if m["event"] == "passed-over"]
    assert [skip["reason"] for skip in shown["skipped"]] == ["breaker", "breaker"]


async def test_a_throttled_connector_is_passed_over(bench: Bench) -> None:
    await update_delivery(bench.world, T, {"mode": "queued"})
    one, two = await bench.outboxes()
    one.failures.append(RateLimitExceeded(retry_after=30))
    for number in range(3):
        await send_code(bench.world, T, Asked(email=f"c{number}@example.com"))
    await live(bench.world, bench.clock, bench.clock.now() + 1_000)
    assert (len(one.messages), len(two.messages)) == (0, 3)


async def test_a_provider_that_hangs_leaves_time_for_the_next(bench: Bench) -> None:
    bench.world.courier._rounds._timeout = 0.6
    one, two = [entry.connector for entry in await bench.entries()]

    async def hang(message: Any) -> Any:
        await asyncio.Event().wait()

    one.send = hang  # type: ignore[union-attr,method-assign]
    timeline = await bench.send()
    assert timeline.row.state == "sent"
    assert [a.disposition for a in timeline.attempts] == ["unknown", None]
