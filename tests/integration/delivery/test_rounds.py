"""One round: who is tried, for how long, and what a busy or a silent provider changes."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from carteiro.delivery.gates.gate import FAILURES, Limits
from carteiro.delivery.hands import rounds
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import DeliveryFailed, Disposition, RateLimitExceeded
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector

from .conftest import START, Bench, Post, Second, T
from .test_outage import live

TRANSIENT = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)


@pytest.fixture
def pausing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that waits for a connector's pace waits by the test's clock, which nobody injects."""

    async def sleep(seconds: float) -> None:
        bench.clock.advance(seconds)

    monkeypatch.setattr(rounds, "asyncio", SimpleNamespace(sleep=sleep, timeout=asyncio.timeout))


async def test_of_two_that_hang_each_has_half_of_the_time(bench: Bench) -> None:
    bench.world.courier._rounds._timeout = 0.6

    async def hang(message: Any) -> Any:
        await asyncio.Event().wait()

    for entry in await bench.entries():
        entry.connector.send = hang  # type: ignore[union-attr,method-assign]
    await bench.send()

    assert bench.raised is not None
    assert bench.raised.message == "The provider did not answer within 0.3 seconds."


async def test_a_code_that_died_under_one_provider_is_not_given_to_the_next(bench: Bench) -> None:
    one, two = [entry.connector for entry in await bench.entries()]
    assert isinstance(two, OutboxConnector)

    async def late(message: Any) -> Any:
        bench.clock.advance(3600)
        raise TRANSIENT

    one.send = late  # type: ignore[union-attr,method-assign]
    timeline = await bench.send()

    assert two.outbox.messages == []
    assert [attempt.decision for attempt in timeline.attempts] == ["give-up"]


async def test_what_came_of_attempts_is_measured_by_connector(bench: Bench) -> None:
    one, _ = await bench.outboxes()
    one.failures.extend([TRANSIENT] * FAILURES)
    for _ in range(FAILURES + 1):
        await bench.send()

    def value(name: str, **labels: str) -> float | None:
        return bench.world.telemetry.registry.get_sample_value(f"carteiro_{name}", labels)

    assert value("attempts_total", connector="first", outcome="transient") == FAILURES
    assert value("attempts_total", connector="second", outcome="accepted") == FAILURES + 1
    assert value("breaker_open", connector="first") == 1
    assert value("breaker_open", connector="second") == 0
    assert value("connectors_skipped_total", connector="first", reason="breaker") == 1


@pytest.mark.usefixtures("pausing")
@pytest.mark.parametrize(("per_second", "each"), [(2, (2, 0)), (0.1, (1, 1))])
async def test_a_request_waits_a_little_for_a_busy_connector_and_no_longer(
    bench: Bench, per_second: float, each: tuple[int, int]
) -> None:
    await update_delivery(bench.world, T, {"rateLimit": {"perSecond": per_second}})
    one, two = await bench.outboxes()
    for number in range(2):
        await send_code(bench.world, T, Asked(email=f"a{number}@example.com"))

    assert (len(one.messages), len(two.messages)) == each


@pytest.mark.usefixtures("pausing")
@pytest.mark.parametrize(("per_second", "waits"), [(2, ["rate"]), (10, [])])
async def test_a_message_of_the_queue_waits_in_hand_for_a_moment_only(
    bench: Bench, per_second: float, waits: list[str]
) -> None:
    settings = {"mode": "queued", "rateLimit": {"perSecond": per_second}}
    await update_delivery(bench.world, T, settings)
    for number in range(2):
        await send_code(bench.world, T, Asked(email=f"a{number}@example.com"))
    await live(bench.world, bench.clock, bench.clock.now() + 1)

    rows = await Post(bench.world).rows()
    assert [row.waiting_for for row in rows if row.state == "queued"] == waits


async def test_after_a_failure_a_busy_connector_is_passed_over_in_the_queue(bench: Bench) -> None:
    await update_delivery(bench.world, T, {"mode": "queued"})
    await create_fallback(bench.world, T, "second", {}, limits={})
    one, two, three = await bench.entries()
    two.gate.pacer.limits = Limits(per_second=0.1)
    assert isinstance(one.connector, OutboxConnector)
    one.connector.outbox.failures.extend([TRANSIENT] * 2)
    for number in range(2):
        await send_code(bench.world, T, Asked(email=f"a{number}@example.com"))
    await live(bench.world, bench.clock, bench.clock.now() + 1)

    assert isinstance(two.connector, OutboxConnector)
    assert isinstance(three.connector, OutboxConnector)
    assert [len(e.connector.outbox.messages) for e in (two, three)] == [1, 1]  # type: ignore[union-attr]


async def test_who_was_passed_over_stands_at_the_next_attempt_alone(bench: Bench) -> None:
    await create_fallback(bench.world, T, "second", {}, limits={})
    workspace = await bench.world.workspaces.of(T)
    one, two, _ = workspace.route()
    broken = OpenConnector(one.row, None, DeliveryFailed("broken"))
    workspace.fallbacks = [broken, *workspace.fallbacks]
    for entry in (one, two):
        assert isinstance(entry.connector, OutboxConnector)
        entry.connector.outbox.failures.append(TRANSIENT)
    timeline = await bench.send()

    passed_over = [json.loads(attempt.skipped or "[]") for attempt in timeline.attempts]
    assert [len(entries) for entries in passed_over] == [0, 1, 0]


async def test_a_provider_is_left_alone_for_as_long_as_it_asks(bench: Bench) -> None:
    one, two = await bench.outboxes()
    one.failures.append(RateLimitExceeded(retry_after=300))
    counts = []
    for seconds in (0, 290, 20):
        bench.clock.advance(seconds)
        await bench.send()
        counts.append((len(one.messages), len(two.messages)))

    assert counts == [(0, 1), (0, 2), (1, 2)]


async def test_who_tells_a_repetition_from_a_second_message_is_asked_again_and_nobody_else(
    settings: Settings,
) -> None:
    clock = FrozenClock(START)
    async with open_world(settings, clock, [OutboxConnector, Second]) as world:
        await create_connector(world, T, NewConnector(connector_id="outbox"))
        await create_fallback(world, T, "second", {}, limits={})
        await update_delivery(world, T, {"mode": "queued"})
        bench = Bench(world, clock)
        one, two = await bench.outboxes()
        one.failures.append(DeliveryFailed("?", disposition=Disposition.UNKNOWN))
        timeline = await bench.send()
        await live(world, clock, clock.now() + 60_000)
        (row,) = await Post(world).rows()

    assert timeline.row.state == "queued"
    assert (row.state, row.attempts) == ("sent", 2)
    assert (len(one.messages), len(two.messages)) == (1, 0)
