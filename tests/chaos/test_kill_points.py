"""SIGKILL at each step between the request and the final state."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.operate.messages import Wanted, find_messages
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.queues import postgres_queue
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

_SCRIPT = Path(__file__).with_name("kill_point.py")
_BOOKS = Statement.of(
    "test.books",
    "SELECT codes.message_id AS code_of, messages.id, messages.state FROM codes "
    "FULL OUTER JOIN messages ON messages.id = codes.message_id",
)
NOTHING = {"before the request", "inside the transaction"}
"""Steps before the commit: nothing is left, and nothing was promised."""
TWICE = {"after the provider", "before the record"}
"""Steps at which the provider has the message and nobody has written that down."""
POINTS = {
    "direct": [
        *("before the request", "inside the transaction", "committed", "before the provider"),
        *("after the provider", "before the record", "after the record"),
    ],
    "queued": [
        *("before the request", "inside the transaction", "claimed", "before the provider"),
        *("after the provider", "before the record", "after the record"),
    ],
}


@pytest.mark.parametrize(
    ("mode", "point"), [(mode, point) for mode, points in POINTS.items() for point in points]
)
async def test_a_kill_leaves_nothing_or_a_message_that_ends(
    settings: Settings, mode: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So soon a job of the dead is picked by the living.
    monkeypatch.setattr(postgres_queue, "_HEARTBEAT", timedelta(seconds=1))
    if point == "inside the transaction" and mode == "direct" and not settings.sqlite_path:
        pytest.skip("one statement: there is no inside")
    async with HttpSink(Answer(200, b"{}")) as sink:
        async with open_world(settings) as world:
            new = NewConnector(connector_id="http-email", config={"endpoint": sink.url})
            await create_connector(world, "default", new)
            await update_delivery(world, "default", {"mode": mode})
        child = await asyncio.create_subprocess_exec(
            sys.executable, str(_SCRIPT), settings.database_url, point
        )
        assert await asyncio.wait_for(child.wait(), 40) == -signal.SIGKILL

        async with open_world(settings) as world:
            books: list[Any] = await world.database.read(lambda tx: tx.all(_BOOKS))
            if point in NOTHING:
                assert (list(books), sink.requests) == ([], [])
                return
            (book,) = books
            assert book["code_of"] == book["id"], "a code has its message, a message its code"
            await world.presence.ensure()
            # As if the others had been silent for long.
            world.recovery._clock = FrozenClock(world.clock.now() + 60_000)
            world.presence._lasting_since = 0
            await world.recovery.look()
            work = world.queue.run(world.courier.work, owner=world.presence.id, most=4)
            task = asyncio.create_task(work)
            for _ in range(1_000):
                (row,) = (await find_messages(world, "default", Wanted(), Page())).rows
                if row.finished_at is not None:
                    break
                await asyncio.sleep(0.02)
            world.queue.stop()
            await asyncio.wait_for(task, 20)
        assert row.state == "sent"
        assert len(sink.requests) == (2 if point in TWICE else 1)
