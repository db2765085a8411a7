"""A world whose queue is worked off, with a provider on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from carteiro.delivery.gates.gate import FAILURES, FIRST_PAUSE, Circuit
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import ConnectorError
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.messages import Timeline, Wanted, find_messages, get_timeline
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.queues import postgres_queue, sqlite_queue
from carteiro.storage.tenancy import logs
from carteiro.storage.tenancy.logs import LogFilter, LogRow
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.outbox import Outbox, OutboxConnector

T = "default"
START = 1_800_000_000_000


@asynccontextmanager
async def working(world: World, *, most: int = 16) -> AsyncIterator[None]:
    """Work off the queue, as ``carteiro worker`` does."""
    await world.presence.ensure()
    task = asyncio.create_task(
        world.queue.run(world.courier.work, owner=world.presence.id, most=most)
    )
    try:
        yield
    finally:
        world.queue.stop()
        await asyncio.wait_for(task, 30)


@asynccontextmanager
async def telling(world: World) -> AsyncIterator[None]:
    """Send webhooks, as every process that lives long does."""
    task = asyncio.create_task(world.queue.run_webhooks(world.webhooks.work))
    try:
        yield
    finally:
        world.queue.stop()
        await asyncio.wait_for(task, 30)


async def eventually(check: Callable[[], Awaitable[Any]], seconds: float = 15) -> Any:
    """The first true answer; the last one when the time is over."""
    answer = None
    for _ in range(int(seconds / 0.02)):
        answer = await check()
        if answer:
            return answer
        await asyncio.sleep(0.02)
    return answer


class Post:
    """What the tests of delivery do with a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def connect(self, sink: HttpSink, **delivery: Any) -> None:
        """Use a sink as the provider."""
        new = NewConnector(connector_id="http-email", config={"endpoint": sink.url})
        await create_connector(self.world, T, new)
        if delivery:
            await update_delivery(self.world, T, delivery)

    async def ask(
        self, email: str = "ana@example.com", kind: TemplateType = TemplateType.GENERIC
    ) -> None:
        await send_code(self.world, T, Asked(email=email, type=kind))

    async def rows(self, **wanted: Any) -> list[MessageRow]:
        found = await find_messages(self.world, T, Wanted(**wanted), Page(1, 100))
        return list(found.rows)

    async def only(self) -> Timeline:
        """The one message that there is."""
        (row,) = await self.rows()
        return await get_timeline(self.world, T, row.id)

    async def logged(self, key: str) -> Sequence[LogRow]:
        """What is on record under a key."""
        wanted = LogFilter(key=key)
        found = await self.world.database.read(
            lambda tx: logs.find(tx, T, wanted, Page(1, 100), count_at_most=None)
        )
        return found.rows

    async def ended(self, count: int = 1) -> list[MessageRow]:
        """The messages, once that many have ended."""

        async def look() -> list[MessageRow]:
            rows = await self.rows()
            done = [row for row in rows if row.finished_at is not None]
            return done if len(done) >= count else []

        return await eventually(look)


@pytest.fixture
def seldom_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues that look for work once an hour: what is done sooner, they were woken for.

    The intervals are constants and no settings, so they are patched by name.
    """
    monkeypatch.setattr(sqlite_queue, "_LOOK_SECONDS", 3_600)
    monkeypatch.setattr(postgres_queue, "_LOOK", timedelta(hours=1))


@pytest.fixture
async def post(settings: Settings) -> AsyncIterator[Post]:
    async with open_world(settings) as world:
        yield Post(world)


class Second(OutboxConnector):
    """A further one; it has no idempotency key."""

    metadata = OutboxConnector.metadata.model_copy(update={"id": "second"})
    capabilities = OutboxConnector.capabilities.model_copy(update={"idempotency_key": False})


class First(OutboxConnector):
    """The first one; it has no idempotency key either."""

    metadata = OutboxConnector.metadata.model_copy(update={"id": "first"})
    capabilities = OutboxConnector.capabilities.model_copy(update={"idempotency_key": False})


class Bench:
    """A tenant with a first and a second connector."""

    def __init__(self, world: World, clock: FrozenClock) -> None:
        self.world, self.clock, self.sent = world, clock, 0

    async def entries(self) -> list[OpenConnector]:
        return (await self.world.workspaces.of(T)).route()

    async def outboxes(self) -> tuple[Outbox, Outbox]:
        one, two = [entry.connector for entry in await self.entries()]
        assert isinstance(one, OutboxConnector)
        assert isinstance(two, OutboxConnector)
        return one.outbox, two.outbox

    async def breaker(self, state: Circuit) -> None:
        """Bring the first one's circuit into a state."""
        breaker = (await self.entries())[0].gate.breaker
        breaker.succeeded()
        if state is not Circuit.CLOSED:
            for _ in range(FAILURES):
                breaker.failed(self.clock.now())
        if state is Circuit.HALF_OPEN:
            self.clock.advance(milliseconds=FIRST_PAUSE)
        assert breaker.state(self.clock.now()) is state

    async def send(self) -> Any:
        """Send one message and come back with its timeline."""
        self.sent += 1
        self.clock.advance(1)
        email = f"a{self.sent}@example.com"
        try:
            await send_code(self.world, T, Asked(email=email))
        except ConnectorError as error:
            self.raised: ConnectorError | None = error
        else:
            self.raised = None
        (row,) = await Post(self.world).rows(recipient=email)
        return await get_timeline(self.world, T, row.id)


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    clock = FrozenClock(START)
    async with open_world(settings, clock, [First, Second]) as world:
        await create_connector(world, T, NewConnector(connector_id="first"))
        await create_fallback(world, T, "second", {}, limits={})
        yield Bench(world, clock)
