"""How often and how far back what has no job is looked for, and who is first at what expired."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.delivery import presence
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.mail import messages
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

from .conftest import START, Post, T

WELL = Answer(200, b"{}")
HALF_MINUTE = 30_000


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def world(
    settings: Settings, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """In a process that has lived for as long as the others are given."""
    monkeypatch.setattr(presence, "INTERVAL", 3_600)  # the tests tell that it lives
    async with open_world(settings, clock) as opened:
        await opened.presence.ensure()
        await pass_time(opened, clock, 12_000)
        yield opened


async def pass_time(world: World, clock: FrozenClock, milliseconds: int) -> None:
    """Every two seconds this process says that it lives."""
    for _ in range(milliseconds // 2_000):
        clock.advance(2)
        await world.presence.renew()
    clock.advance(milliseconds=milliseconds % 2_000)


async def test_rows_without_a_job_are_looked_for_twice_a_minute(
    world: World, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[int, int]] = []

    async def restore(*, before: int) -> int:
        looked.append((clock.now(), before))
        return 0

    # SQLite's queue has nothing to restore; when it is asked is the same for both.
    monkeypatch.setattr(world.queue, "restore", restore)
    began = clock.now()
    await world.recovery.look()
    await world.recovery.look()
    await pass_time(world, clock, HALF_MINUTE - 1)
    await world.recovery.look()
    clock.advance(milliseconds=1)
    await world.recovery.look()

    assert looked == [
        (began, began - HALF_MINUTE),
        (began + HALF_MINUTE, began),
    ]


async def test_what_expired_and_was_taken_by_another_meanwhile_is_the_others(
    world: World, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HttpSink(WELL) as sink:
        post = Post(world)
        await post.connect(sink, mode="queued")
        await post.ask()
        (row,) = await post.rows()
        await pass_time(world, clock, 700_000)
        ensured = world.presence.ensure

        async def overtaken() -> None:
            await world.database.write(
                lambda tx: messages.take(tx, T, row.id, owner="another", now=clock.now())
            )
            await ensured()

        # Between finding it and taking it there is nothing else to wait for.
        monkeypatch.setattr(world.presence, "ensure", overtaken)
        await world.recovery.look()
        (after,) = await post.rows()

    assert (after.state, after.owner) == ("sending", "another")
    assert await post.logged("Message.Cancelled") == []
