"""Webhooks go through the queue that drives mail: woken, tried again, never in mail's way."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.audit_log import find_logs
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook, get_hook, update_hook
from carteiro.flows.world import World
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink, throttled

from .conftest import Post, T, eventually, telling, working

WELL = Answer(200, b"{}")
_LEFT = Statement.of("test.left", "SELECT id FROM hook_deliveries")
_LOSE = Statement.of("test.lose", "DELETE FROM pgqueuer RETURNING id")
_JOBS = Statement.of(
    "test.jobs", "SELECT entrypoint, convert_from(payload, 'UTF8') AS payload FROM pgqueuer"
)


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings) as opened:
        yield opened


async def hook(world: World, sink: HttpSink) -> None:
    new = NewHook(events=["User.Created"], config={"url": sink.url})
    await create_hook(world, T, new)


async def arrived(sink: HttpSink, count: int) -> None:
    async def look() -> bool:
        return len(sink.requests) >= count

    await eventually(look)


async def nothing_left(world: World) -> bool:
    async def look() -> bool:
        return not await world.database.read(lambda tx: tx.all(_LEFT))

    return bool(await eventually(look))


async def test_it_is_sent_at_once(world: World, seldom_looking: None) -> None:
    async with HttpSink(WELL) as sink:
        await hook(world, sink)
        async with telling(world):
            await asyncio.sleep(0.6)  # everything looks for work, finds none, and rests
            await create_user(world, T, NewUser())
            assert await asyncio.wait_for(sink.arrived.wait(), 60)
            assert await nothing_left(world)


async def test_it_comes_back_when_the_receiver_says(world: World) -> None:
    async with HttpSink(WELL) as sink:
        sink.script.extend([throttled("1"), throttled("1")])
        await hook(world, sink)
        async with telling(world):
            await create_user(world, T, NewUser())
            await arrived(sink, 3)
            assert await nothing_left(world)
    times = [request.at for request in sink.requests]
    # Not before, and not only at the next look, five seconds later.
    assert all(1.0 <= later - sooner < 3.0 for sooner, later in itertools.pairwise(times))


async def test_receivers_that_hang_delay_no_mail_and_are_not_flooded(post: Post) -> None:
    async with HttpSink(Answer(hang=True)) as receiver, HttpSink(WELL) as provider:
        await hook(post.world, receiver)
        await post.connect(provider, mode="queued")
        for _ in range(40):
            await create_user(post.world, T, NewUser())
        queue = post.world.queue.run_webhooks(post.world.webhooks.work)
        telling_ = asyncio.create_task(queue)
        await arrived(receiver, 10)
        async with working(post.world, most=4):
            await post.ask()
            (row,) = await post.ended()
        assert row.state == "sent"
        assert len(receiver.requests) == 10
        telling_.cancel()
        await asyncio.gather(telling_, return_exceptions=True)


async def test_what_is_under_way_at_the_end_is_finished(world: World) -> None:
    async with HttpSink(Answer(200, b"{}", delay=0.5)) as sink:
        await hook(world, sink)
        await create_user(world, T, NewUser())
        async with telling(world):
            await arrived(sink, 1)
        assert not await world.database.read(lambda tx: tx.all(_LEFT))


async def test_several_processes_send_each_once(world: World, settings: Settings) -> None:
    async with HttpSink(WELL) as sink, open_world(settings) as second:
        await hook(world, sink)
        async with telling(world), telling(second):
            for _ in range(25):
                await create_user(world, T, NewUser())
            await arrived(sink, 25)
            assert await nothing_left(world)
    ids = [request.headers["webhook-id"] for request in sink.requests]
    assert (len(ids), len(set(ids))) == (25, 25)


async def test_a_receiver_that_is_gone_for_good_is_not_called_again(world: World) -> None:
    async with HttpSink(Answer(410, b"{}")) as sink:
        new = NewHook(events=["User.Created"], config={"url": sink.url})
        gone = await create_hook(world, T, new)
        async with telling(world):
            await create_user(world, T, NewUser())
            assert await nothing_left(world)
            await create_user(world, T, NewUser())
            assert await nothing_left(world)
        stored = await get_hook(world, T, gone.row.id)
        wanted = LogFilter(key="Management.Hook.Disabled")
        told = await find_logs(world, T, wanted, Page(1, 9), count_at_most=None)
    assert len(sink.requests) == 1
    assert stored.row.enabled is False
    assert [json.loads(row.payload)["target"] for row in told.rows] == [{"hookId": gone.row.id}]


async def test_a_hook_that_was_given_another_address_meanwhile_stays_on(world: World) -> None:
    async with HttpSink(Answer(410, b"{}", delay=0.3)) as sink, HttpSink(WELL) as other:
        new = NewHook(events=["User.Created"], config={"url": sink.url})
        moved = await create_hook(world, T, new)
        async with telling(world):
            await create_user(world, T, NewUser())
            await arrived(sink, 1)
            await update_hook(world, T, moved.row.id, {"config": {"url": other.url}})
            assert await nothing_left(world)
        stored = await get_hook(world, T, moved.row.id)
    assert stored.row.enabled is True


async def test_the_engine_only_knows_names_and_what_it_lost_is_restored(
    world: World, settings: Settings
) -> None:
    if settings.sqlite_path is not None:
        pytest.skip("the rows are the queue")
    async with HttpSink(WELL) as sink:
        await hook(world, sink)
        await create_user(world, T, NewUser(name="Ana Secret"))
        [left] = await world.database.read(lambda tx: tx.all(_LEFT))
        jobs = await world.database.read(lambda tx: tx.all(_JOBS))
        assert [dict(job) for job in jobs] == [
            {"entrypoint": "webhook", "payload": f"{T}/{left['id']}"}
        ]
        await world.database.write(lambda tx: tx.all(_LOSE))
        async with telling(world):
            await asyncio.sleep(0.3)
            assert sink.requests == []
            later = FrozenClock(world.clock.now() + 60_000)
            assert await world.queue.restore(before=later.now()) == 1
            assert await world.queue.restore(before=later.now()) == 0
            await arrived(sink, 1)
            assert await nothing_left(world)
    assert len(sink.requests) == 1
