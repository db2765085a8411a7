"""One tenant's flood, a thousand messages that fail, a hundred thousand invitations: who waits?"""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from carteiro.delivery.hands import retries
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.turns import Turns
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail.messages import NewMessage, create
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
            await tx.put(*batch)
            await tx.enqueue(*jobs)

        await world.database.write(write)


def _parcel(number: int) -> bytes:
    return (
        f'{{"email":"f{number}@example.com","payload":{{}},"variables":{{}},"action":"x",'
        '"stamp":"0","counted":null,"by":[null,null,null,null]}'
    ).encode()


def _context(name: str, id_: str) -> str:
    return f"messages/{name}/{id_}"


async def overtaken_by(world: World, name: str, sink: HttpSink, flooded: HttpSink) -> int:
    """Ask for a code: how many others reached their provider before this one did.

    Counted in messages, not in seconds, so that a busy machine changes nothing.
    """
    email = f"quick{time.monotonic_ns()}@example.com"
    await send_code(world, name, Asked(email=email, type=_CODE))
    before, asked_at = len(sink.requests), time.monotonic()

    async def there() -> Any:
        found = (each for each in sink.requests[before:] if email.encode() in each.body)
        return next(found, None)

    arrived = await eventually(there, 60)
    assert arrived, f"the code for {name} was never handed over"
    return sum(asked_at < each.at < arrived.at for each in flooded.requests)


_IN_HAND = 64
"""What workers may have claimed already when a code is asked for: 16 hands and the engine's batch."""


async def test_a_backlog_of_invitations_does_not_delay_a_code(world: World) -> None:
    async with HttpSink(WELL) as sink:
        await tenant(world, T, sink)
        await flood(world, T, 20_000, TemplateType.ORGANIZATION_INVITATION)
        async with working(world):
            assert await eventually(lambda: _more_than(sink, 100))
            before = [await overtaken_by(world, T, sink, sink) for _ in range(10)]
            still = (await world.database.read(_backlog))["queued"]
            await _end(world)
    assert still > 1_000, "the backlog was there all the time"
    assert statistics.median(before) <= _IN_HAND, before


async def test_a_flood_of_one_tenant_leaves_anothers_messages_their_turn(world: World) -> None:
    async with HttpSink(WELL) as sink, HttpSink(WELL) as other:
        await tenant(world, T, sink)
        await tenant(world, "quiet", other)
        await flood(world, T, 5_000, _CODE)
        async with working(world):
            assert await eventually(lambda: _more_than(sink, 100))
            before = [await overtaken_by(world, "quiet", other, sink) for _ in range(10)]
            still = (await world.database.read(_backlog))["queued"]
            await _end(world)
    assert still > 500, "the flood was there all the time"
    assert statistics.median(before) <= _IN_HAND, before


async def test_a_thousand_messages_to_a_dead_provider_delay_nobody_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST", 200)
    # Nobody gives up on the dead provider: whoever waits behind it waits for ever.
    patient = settings.model_copy(update={"send_limit": 1000, "send_timeout": 3_600.0})
    async with (
        open_world(patient) as world,
        HttpSink(Answer(hang=True)) as dead,
        HttpSink(WELL) as well,
    ):
        await tenant(world, T, dead)
        await tenant(world, "good", well)
        await flood(world, T, 1_000, _CODE)
        async with working(world, most=64):
            assert await eventually(lambda: _more_than(dead, 0))
            for _ in range(20):
                await overtaken_by(world, "good", well, dead)
            await _end(world)
            await dead.stop()


async def _more_than(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) > count


_CODE = TemplateType.SIGN_IN


async def _backlog(tx: Any) -> Any:
    return await tx.one("messages.backlog")


async def _end(world: World) -> None:
    """What is left of a flood is dropped: nobody waits for it."""
    from carteiro.storage.drivers.statements import Statement

    drop = Statement.of("test.drop", "DELETE FROM messages WHERE state = 'queued' RETURNING id")
    await world.database.write(lambda tx: tx.all(drop))
