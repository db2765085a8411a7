"""A process that sends one code and kills itself at a named step: ``kill_point.py URL POINT``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from carteiro.connectors.http.endpoint import HttpEndpointConnector
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.hands.recorder import Recorder
from carteiro.delivery.hands.rounds import Rounds
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.drivers import postgres, sqlite


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_inside(self: Any, group: Any) -> int:
    die()
    return 0


def dying(kind: Any, name: str, *, after: bool = False) -> None:
    """Have a coroutine method die before it does anything, or when it has done it."""
    real = getattr(kind, name)

    async def replaced(self: Any, *given: Any, **named: Any) -> Any:
        if not after:
            die()
        result = await real(self, *given, **named)
        die()
        return result

    setattr(kind, name, replaced)


def arm(point: str) -> None:
    if point == "inside the transaction":
        # The rows are written and nothing is committed yet.
        async def enqueue(connection: Any, jobs: Any) -> None:
            die()

        postgres.enqueue = enqueue  # type: ignore[assignment]
        sqlite.SqliteDatabase._mark_changes = die_inside  # type: ignore[assignment,method-assign]
    steps = {
        "committed": (Rounds, "go", False),
        "claimed": (Courier, "work", False),
        "before the provider": (HttpEndpointConnector, "send", False),
        "after the provider": (HttpEndpointConnector, "send", True),
        "before the record": (Recorder, "_write", False),
        "after the record": (Recorder, "_write", True),
    }
    if point in steps:
        kind, name, after = steps[point]
        dying(kind, name, after=after)


async def main(url: str, point: str) -> None:
    settings = read_settings(
        {}, database_url=url, secret_keys="test:" + "A" * 43 + "=", egress_guard=False
    )
    async with open_world(settings) as world:
        await world.presence.ensure()
        await world.workspaces.of("default")
        if point == "before the request":
            die()
        arm(point)
        await send_code(world, "default", Asked(email="ana@example.com"))
        work = world.queue.run(world.courier.work, owner=world.presence.id, most=4)
        task = asyncio.create_task(work)
        await asyncio.sleep(20)
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
