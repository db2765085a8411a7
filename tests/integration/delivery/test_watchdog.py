"""Work that is due and touched by nobody is told of: once in the log, in a metric, when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog

from carteiro.delivery import presence
from carteiro.delivery.watchdog import SILENCE, UNDRIVEN, Watchdog, undriven
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.status import readiness
from carteiro.flows.world import World
from carteiro.runtime.checkup import Verdict, examine
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import messages
from carteiro.storage.queues.processes import SeenProcess
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.outbox import OutboxConnector
from carteiro.testing.postgres import free_port

from .conftest import Post, T, eventually
from .test_operations import process

NOW = 1_800_000_000_000
WELL = Answer(200, b"{}")
_LOSE = Statement.of("test.lose", "DELETE FROM pgqueuer RETURNING id")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
async def world(
    settings: Settings, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """A tenant that queues, in a process that has lived for as long as the others are given."""
    monkeypatch.setattr(presence, "INTERVAL", 3_600)  # the tests tell that it lives
    async with open_world(settings, clock, [OutboxConnector]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        await update_delivery(opened, T, {"mode": "queued"})
        await opened.presence.ensure()
        await pass_time(opened, clock, 12)
        yield opened


@pytest.fixture
def watchdog(world: World) -> Watchdog:
    return Watchdog(
        database=world.database,
        courier=world.courier,
        presence=world.presence,
        queue=world.queue,
        clock=world.clock,
        telemetry=world.telemetry,
    )


async def pass_time(world: World, clock: FrozenClock, seconds: int) -> None:
    for _ in range(0, seconds, 2):
        clock.advance(2)
        await world.presence.renew()


async def drive(world: World, most: int = 100) -> list[asyncio.Task[int | None]]:
    """Take in hand what is due, as a worker does."""
    rows = await world.database.write(
        lambda tx: messages.claim(tx, owner=world.presence.id, now=world.clock.now(), most=most)
    )
    return [asyncio.create_task(world.courier.work(row)) for row in rows]


def gauge(world: World) -> float | None:
    return world.telemetry.registry.get_sample_value("carteiro_queue_undriven_seconds")


async def test_what_nobody_touches_is_told_of_once(
    world: World, clock: FrozenClock, watchdog: Watchdog
) -> None:
    await send_code(world, T, Asked(email="a@example.com"))
    with structlog.testing.capture_logs() as lines:
        fresh = await watchdog.look()
        await pass_time(world, clock, 12)
        silent = [await watchdog.look() for _ in range(5)]
        told, asked = gauge(world), await readiness(world)
        await asyncio.gather(*await drive(world))
        await pass_time(world, clock, 2)
        driven = await watchdog.look()

    assert (fresh, silent, driven) == (None, [12_000] * 5, None)
    assert (told, asked.undriven, gauge(world)) == (12, 12_000, 0)
    said = [line["event"] for line in lines if not line["event"].startswith("mail for ")]
    assert said == [UNDRIVEN, "the queue is driven"]


async def test_a_message_that_lost_its_job_gets_one_at_once(
    world: World, clock: FrozenClock, watchdog: Watchdog, settings: Settings
) -> None:
    if settings.sqlite_path is not None:
        pytest.skip("on SQLite the messages are the queue")
    await send_code(world, T, Asked(email="a@example.com"))
    await world.database.write(lambda tx: tx.all(_LOSE))
    await pass_time(world, clock, 12)
    await watchdog.look()

    assert len(await world.database.write(lambda tx: tx.all(_LOSE))) == 1


async def test_what_became_due_a_moment_ago_may_still_be_getting_its_job(
    world: World, clock: FrozenClock, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def restore(*, before: int) -> int:
        asked.append(before)
        return 0

    # SQLite's queue has nothing to restore; how far back is asked is the same for both.
    monkeypatch.setattr(world.queue, "restore", restore)
    await send_code(world, T, Asked(email="a@example.com"))
    await pass_time(world, clock, 12)
    await watchdog.look()

    assert asked == [clock.now() - SILENCE // 2]


@pytest.mark.parametrize("held_by", ["rate", "breaker"])
async def test_what_is_held_is_touched(
    world: World, clock: FrozenClock, watchdog: Watchdog, held_by: str
) -> None:
    _, connector = (await world.workspaces.of(T)).connector()
    assert isinstance(connector, OutboxConnector)
    if held_by == "rate":
        await update_delivery(world, T, {"mode": "queued", "rateLimit": {"perSecond": 0.05}})
    else:
        gone = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)
        connector.outbox.failures.extend([gone] * 1_000)
    for number in range(12):
        await send_code(world, T, Asked(email=f"a{number}@example.com"))
    seen = []
    for _ in range(60):
        await asyncio.gather(*await drive(world))
        await pass_time(world, clock, 2)
        seen.append(await watchdog.look())

    rows = await Post(world).rows(state="queued")
    assert rows, "some still wait"
    assert seen == [None] * 60


async def test_a_slow_provider_is_no_silence(
    world: World, clock: FrozenClock, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = asyncio.Event()

    async def send(self: OutboxConnector, message: object) -> object:
        await answered.wait()
        raise DeliveryFailed("gone", disposition=Disposition.PERMANENT)

    monkeypatch.setattr(OutboxConnector, "send", send)
    for number in range(2):
        await send_code(world, T, Asked(email=f"a{number}@example.com"))
    (hand,) = await drive(world, most=1)
    await asyncio.sleep(0)
    seen = []
    for _ in range(10):
        await watchdog.look()
        await pass_time(world, clock, 2)
        seen.append(await watchdog.look())
    answered.set()
    await hand

    assert seen == [None] * 10


async def test_a_worker_that_lives_and_takes_nothing_does_not_drive(
    world: World, clock: FrozenClock, watchdog: Watchdog
) -> None:
    """As one whose loop is blocked: its thread says that it lives, and it looks at nothing."""
    await send_code(world, T, Asked(email="a@example.com"))
    await asyncio.gather(*await drive(world))
    await pass_time(world, clock, 20)
    await send_code(world, T, Asked(email="b@example.com"))
    await pass_time(world, clock, 12)

    assert await watchdog.look() == 12_000
    assert [one.drove_at for one in world.presence.others] == [NOW + 12_000]


async def test_after_an_outage_the_others_are_given_time(
    world: World, clock: FrozenClock, watchdog: Watchdog
) -> None:
    await send_code(world, T, Asked(email="a@example.com"))
    clock.advance(60)
    await world.presence.renew()
    at_once = await watchdog.look()
    await pass_time(world, clock, 10)

    assert (at_once, await watchdog.look()) == (None, 70_000)


def test_silence_counts_from_the_last_touch_of_anybody() -> None:
    def one(drove_at: int | None) -> SeenProcess:
        return SeenProcess(
            id="p", kind="worker", host="h", pid=1, started_at=0, seen_at=NOW, drove_at=drove_at
        )

    assert undriven(None, [], NOW) is None
    assert undriven(NOW + 60_000, [], NOW) is None
    assert undriven(NOW - SILENCE + 1, [], NOW) is None
    assert undriven(NOW - SILENCE, [], NOW) == SILENCE
    assert undriven(NOW - 60_000, [one(None), one(NOW - 15_000)], NOW) == 15_000
    assert undriven(NOW - 60_000, [one(NOW - 15_000), one(NOW - 1_000)], NOW) is None


async def test_a_server_without_a_worker_says_so(
    post: Post, settings: Settings, tmp_path: Path
) -> None:
    if settings.sqlite_path is not None:
        pytest.skip("on SQLite the server drives the queue")
    log, port = tmp_path / "log", free_port()
    async with HttpSink(WELL) as sink, httpx.AsyncClient() as client:
        await post.connect(sink, mode="queued")
        await post.ask()
        async with process("serve", settings, log, CARTEIRO_PORT=str(port)):

            async def is_told() -> bool:
                return UNDRIVEN in log.read_text()

            assert await eventually(is_told, 60)
            await asyncio.sleep(5)
            answer = await client.get(f"http://127.0.0.1:{port}/api/status/ready")
            findings = {one.check: one for one in await examine(settings, T)}
            async with process("worker", settings, log):
                assert await post.ended()
    assert log.read_text().count(UNDRIVEN) == 1
    assert (answer.status_code, answer.json()["queue"]) == (200, UNDRIVEN)
    assert findings["queue"].verdict is Verdict.ERROR
    assert UNDRIVEN in findings["queue"].message
