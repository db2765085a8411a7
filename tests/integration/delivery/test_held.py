"""When no connector may be tried: for how long a message waits, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carteiro.delivery.gates.gate import FAILURES, FIRST_PAUSE, Circuit
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import NotSupportedByConnector, RateLimitExceeded
from carteiro.flows.administer.tenant.audit_log import find_logs
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.operate.messages import get_timeline
from carteiro.model.page import Page
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.outbox import OutboxConnector

from .conftest import Bench, T
from .test_outage import live


async def open_both(bench: Bench) -> int:
    """Open both circuits, the second one later; when the first may be tried again."""
    first, second = await bench.entries()
    opened = bench.clock.now()
    for entry in (first, second):
        for _ in range(FAILURES):
            entry.gate.breaker.failed(bench.clock.now())
        bench.clock.advance(2)
    return opened + FIRST_PAUSE


async def log_of(bench: Bench, key: str) -> dict[str, Any]:
    found = await find_logs(bench.world, T, LogFilter(key=key), Page(), count_at_most=None)
    (row,) = found.rows
    entry: dict[str, Any] = json.loads(row.payload)
    return entry


async def test_a_message_waits_for_the_first_that_may_be_tried(bench: Bench) -> None:
    await update_delivery(bench.world, T, {"mode": "queued"})
    free_at = await open_both(bench)
    timeline = await bench.send()
    await live(bench.world, bench.clock, bench.clock.now() + 1)
    waiting = await get_timeline(bench.world, T, timeline.row.id)

    assert (waiting.row.waiting_for, waiting.row.due_at) == ("breaker", free_at)
    assert [idle.due_at for idle in waiting.idle_rounds] == [free_at]


async def test_a_request_is_told_when_the_first_may_be_tried(bench: Bench) -> None:
    free_at = await open_both(bench)
    await bench.send()

    assert isinstance(bench.raised, RateLimitExceeded)
    assert bench.raised.retry_after == (free_at - bench.clock.now()) / 1000


async def test_a_request_is_told_why_a_connector_cannot_be_used(bench: Bench) -> None:
    workspace = await bench.world.workspaces.of(T)
    problem = NotSupportedByConnector("no")
    workspace.fallbacks = [OpenConnector(workspace.route()[1].row, None, problem)]
    await bench.breaker(Circuit.OPEN)
    timeline = await bench.send()

    entry = await log_of(bench, "Message.Failed")
    assert bench.raised is problem
    assert (timeline.row.state, timeline.row.failure) == ("failed", "no-connector")
    assert (entry["reason"], entry["error"]) == ("no-connector", {"code": problem.code})


async def test_the_log_names_the_error_of_the_last_attempt(bench: Bench) -> None:
    for outbox in await bench.outboxes():
        outbox.failures.append(RateLimitExceeded())
    await bench.send()

    entry = await log_of(bench, "Message.Failed")
    assert (entry["reason"], entry["error"]) == ("throttled", {"code": RateLimitExceeded.code})


async def test_a_message_whose_template_went_ends_with_that_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await update_delivery(bench.world, T, {"mode": "queued"})
    timeline = await bench.send()
    monkeypatch.setattr(OutboxConnector, "template", lambda *_: None)
    (await bench.world.workspaces.of(T)).from_config.clear()
    await live(bench.world, bench.clock, bench.clock.now() + 1)
    ended = await get_timeline(bench.world, T, timeline.row.id)

    entry = await log_of(bench, "Message.Failed")
    (idle,) = ended.idle_rounds
    assert (ended.row.state, ended.row.failure, ended.row.attempts) == ("failed", "template", 0)
    assert [skip["reason"] for skip in json.loads(idle.skipped)] == ["not possible"] * 2
    assert (idle.waiting_for, idle.due_at) == ("", None)
    assert (entry["reason"], entry["error"]["code"]) == (
        "template",
        "connector.template_not_found",
    )
