"""One tenant's flood, a thousand messages that fail, a hundred thousand invitations: who waits?"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from carteiro.delivery import retries
from carteiro.delivery.turns import Turns
from carteiro.flows.configure_connector import NewConnector, create_connector
from carteiro.flows.edit_tenant_settings import update_delivery
from carteiro.flows.manage_tenants import create_tenant
from carteiro.flows.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.job import Job
from carteiro.storage.messages import NewMessage, create
from carteiro.testing.http_sink import Answer, HttpSink

from .conftest import T, eventually, working

WELL = Answer(200, b"{}")


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    many = settings.model_copy(update={"send_limit": 1000, "send_timeout": 5.0})
    async with open_world(many) as opened:
        yield opened


async def tenant(world: World, name: str, sink: HttpSink, **delivery: Any) -> None:
    if name != T:
        await create_tenant(world, name, name=name)
    new = NewConnector(connector_id="http-email", config={"endpoint": sink.url})
    await create_connector(world, name, new)
    await update_delivery(world, name, {"mode": "queued", **delivery})


async def flood(world: World, name: str, count: int, kind: TemplateType) -> None:
    """Queue messages of a tenant as its requests would, but faster."""
    turns, now = Turns(), world.clock.now()
    workspace = await world.workspaces.of(name)
    row, _ = workspace.connector()
    for start in range(0, count, 500):
        batch, jobs = [], []
        for number in range(start, min(start + 500, count)):
            id_, priority = f"{name[:4]}{number:017d}", turns.priority(name, kind, now)
            batch.append(
                create(
                    NewMessage(
                        tenant_id=name,
                        id=id_,
                        type=kind,
                        mode="queued",
                        state="queued",
                        priority=priority,
                        owner=None,
                        attempt_at=None,
                        due_at=now,
                        recipient_hash=id_,
                        recipient_masked="f***",
                        language="en",
                        language_reason="fallback",
                        template="provider",
                        connector_id=row.id,
                        payload_sealed=world.keyring.seal(_parcel(number), _context(name, id_)),
                        created_at=now,
                        expires_at=None,
                    )
                )
            )
            jobs.append(Job(tenant_id=name, id=id_, priority=priority))

        async def write(tx: Any, batch: Any = batch, jobs: Any = jobs) -> None:
            for call in batch:
                await tx.run(call.name, **call.arguments)
            await tx.enqueue(*jobs)

        await world.database.write(write)


def _parcel(number: int) -> bytes:
    return (
        f'{{"email":"f{number}@example.com","payload":{{}},"variables":{{}},"action":"x",'
        '"stamp":"0","counted":null,"by":[null,null,null,null]}'
    ).encode()


def _context(name: str, id_: str) -> str:
    return f"messages/{name}/{id_}"


async def time_to_hand_over(world: World, name: str, sink: HttpSink, kind: TemplateType) -> float:
    """Seconds from the request to the provider."""
    email = f"quick{time.monotonic_ns()}@example.com"
    before, begin = len(sink.requests), time.perf_counter()
    await send_code(world, name, Asked(email=email, type=kind))

    async def there() -> bool:
        return any(email.encode() in request.body for request in sink.requests[before:])

    assert await eventually(there, 20)
    return time.perf_counter() - begin


async def test_a_backlog_of_invitations_does_not_delay_a_code(world: World) -> None:
    async with HttpSink(WELL) as sink:
        await tenant(world, T, sink)
        async with working(world):
            idle = [await time_to_hand_over(world, T, sink, _CODE) for _ in range(5)]
        await flood(world, T, 20_000, TemplateType.ORGANIZATION_INVITATION)
        _start_again(world)
        async with working(world):
            await asyncio.sleep(1)
            busy = [await time_to_hand_over(world, T, sink, _CODE) for _ in range(10)]
            still = (await world.database.read(_backlog))["queued"]
            await _end(world)
    assert still > 1_000, "the backlog was there all the time"
    assert statistics.median(busy) < 1, (idle, busy)


async def test_a_flood_of_one_tenant_leaves_anothers_messages_their_turn(world: World) -> None:
    async with HttpSink(WELL) as sink, HttpSink(WELL) as other:
        await tenant(world, T, sink)
        await tenant(world, "quiet", other)
        await flood(world, T, 5_000, _CODE)
        async with working(world):
            await asyncio.sleep(0.5)
            waited = [await time_to_hand_over(world, "quiet", other, _CODE) for _ in range(10)]
            still = (await world.database.read(_backlog))["queued"]
            await _end(world)
    assert still > 500, "the flood was there all the time"
    assert statistics.median(waited) < 1, waited


async def test_a_thousand_messages_to_a_dead_provider_delay_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST", 200)
    async with HttpSink(Answer(hang=True)) as dead, HttpSink(WELL) as well:
        await tenant(world, T, dead)
        await tenant(world, "good", well)
        await flood(world, T, 1_000, _CODE)
        async with working(world, most=64):
            await asyncio.sleep(1)
            waited = [await time_to_hand_over(world, "good", well, _CODE) for _ in range(20)]
            await _end(world)
    assert max(waited) < 1, waited


_CODE = TemplateType.SIGN_IN


async def _backlog(tx: Any) -> Any:
    return await tx.one("messages.backlog")


async def _end(world: World) -> None:
    """What is left of a flood is dropped: nobody waits for it."""
    from carteiro.storage.statements import Statement

    drop = Statement.of("test.drop", "DELETE FROM messages WHERE state = 'queued' RETURNING id")
    await world.database.write(lambda tx: tx.all(drop))


def _start_again(world: World) -> None:
    """A queue ends once; the next part of a test works it off anew."""
    queue: Any = world.queue
    where = [queue._dsn] if hasattr(queue, "_dsn") else []
    queue.__init__(*where, world.database, world.clock)
