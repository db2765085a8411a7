"""A provider is away for hours: simulated, with a clock that the test owns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.delivery.hands import retries
from carteiro.errors import DeliveryFailed, Disposition, RateLimitExceeded
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import messages
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox, OutboxConnector

from .conftest import Post, T

HOUR = 3_600_000
_TRIED = Statement.of("test.tried", "UPDATE messages SET attempts = 12 RETURNING id")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def world(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    async with open_world(settings, clock, [OutboxConnector]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        await update_delivery(opened, T, {"mode": "queued"})
        yield opened


@pytest.fixture
async def outbox(world: World) -> Outbox:
    workspace = await world.workspaces.of(T)
    _, connector = workspace.connector()
    assert isinstance(connector, OutboxConnector)
    return connector.outbox


async def live(world: World, clock: FrozenClock, until: int) -> int:
    """Work off whatever becomes due until a moment; how many rounds that took."""
    rounds = 0
    while True:
        now = clock.now()

        async def claim(tx: Transaction, now: int = now) -> list[messages.MessageRow]:
            return await messages.claim(tx, owner=world.presence.id, now=now, most=100)

        for row in await world.database.write(claim):
            await world.courier.work(row)
            rounds += 1
        due = await world.database.read(messages.next_due)
        if due is None or due > until:
            clock.set(until)
            return rounds
        clock.set(max(due, now + 1))


async def test_two_hours_without_a_provider(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    begin = clock.now()
    post = Post(world)
    gone = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)
    outbox.failures.extend([gone] * 10_000)
    await send_code(world, T, Asked(email="code@example.com"))
    invitation = Letter(to="guest@example.com", type=TemplateType.ORGANIZATION_INVITATION)
    await send_message(world, T, invitation)

    rounds = await live(world, clock, begin + 2 * HOUR)
    (code,) = await post.rows(recipient="code@example.com")
    (waiting,) = await post.rows(recipient="guest@example.com")
    outbox.failures.clear()
    await live(world, clock, begin + 3 * HOUR)
    (sent,) = await post.rows(recipient="guest@example.com")

    assert (code.state, code.failure) == ("cancelled", "expired")
    assert code.finished_at is not None
    assert code.finished_at <= (code.expires_at or 0)
    assert waiting.state == "queued"
    assert sent.state == "sent"
    assert [message.type for message in outbox.messages] == ["OrganizationInvitation"]
    assert rounds < 200, "with backoff and a breaker, two hours are few attempts"


async def test_what_never_expires_is_given_up_after_a_day(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    begin = clock.now()
    gone = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)
    outbox.failures.extend([gone] * 10_000)
    await send_message(world, T, Letter(to="a@example.com", type=TemplateType.GENERIC))
    await live(world, clock, begin + 30 * HOUR)

    (row,) = await Post(world).rows()
    assert (row.state, row.failure) == ("cancelled", "expired")
    assert (row.finished_at or 0) - begin <= 24 * HOUR


async def test_what_lay_for_a_day_without_a_worker_is_not_mailed(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    await send_message(world, T, Letter(to="a@example.com", type=TemplateType.GENERIC))
    clock.advance(milliseconds=retries.GIVE_UP_AFTER)
    await live(world, clock, clock.now() + 1)

    (row,) = await Post(world).rows()
    assert (row.state, row.failure, outbox.messages) == ("cancelled", "expired", [])


async def test_retry_after_beyond_the_codes_life_ends_it_at_once(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    outbox.failures.append(RateLimitExceeded(retry_after=HOUR / 1000))
    await send_code(world, T, Asked(email="a@example.com"))
    await live(world, clock, clock.now() + 1)

    timeline = await Post(world).only()
    assert (timeline.row.state, timeline.row.failure) == ("cancelled", "expired")
    assert [a.disposition for a in timeline.attempts] == ["throttled"]


async def test_a_pause_that_the_provider_asks_for_is_the_messages_own(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    outbox.failures.append(RateLimitExceeded(retry_after=300))
    await send_code(world, T, Asked(email="a@example.com"))
    began = clock.now()
    await live(world, clock, began + 1)

    (row,) = await Post(world).rows()
    assert (row.waiting_for, row.due_at) == ("retry", began + 300_000)


async def test_what_never_expires_is_tried_less_often_than_a_code(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    outbox.failures.extend([DeliveryFailed("gone", disposition=Disposition.TRANSIENT)] * 2)
    await send_code(world, T, Asked(email="a@example.com"))
    await send_message(world, T, Letter(to="b@example.com", type=TemplateType.GENERIC))
    await world.database.write(lambda tx: tx.all(_TRIED))
    began = clock.now()
    await live(world, clock, began + 1)

    code = await Post(world).rows(recipient="a@example.com")
    letter = await Post(world).rows(recipient="b@example.com")
    assert (code[0].due_at or 0) - began <= 1.5 * retries.LONGEST_FOR_CODES
    assert (letter[0].due_at or 0) - began >= 0.5 * retries.LONGEST


async def test_greylisting_passes_on_its_own(
    world: World, clock: FrozenClock, outbox: Outbox
) -> None:
    grey = DeliveryFailed("451 4.7.1 Greylisted", disposition=Disposition.TRANSIENT)
    outbox.failures.extend([grey] * 6)
    await send_code(world, T, Asked(email="a@example.com"))
    await live(world, clock, clock.now() + HOUR)

    (row,) = await Post(world).rows()
    assert (row.state, row.attempts) == ("sent", 7)
