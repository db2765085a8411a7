"""A rotation that kills itself at a named step: ``kill_rotation.py URL POINT KEYS``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from carteiro.flows.operate.keys import places, rotate
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.tenancy import keys, sealed


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(room: Any, name: str, *, after: bool = False, nth: int = 1) -> None:
    """Have a function die at its nth call, before it does anything or when it has done it."""
    real, calls = getattr(room, name), 0

    async def replaced(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            die()
        result = await real(*given, **named)
        if calls == nth:
            die()
        return result

    setattr(room, name, replaced)


STEPS = {
    "before the turn": lambda: dying(keys, "let_seal"),
    "inside the turn": lambda: dying(keys, "let_seal", after=True),
    "after the turn": lambda: dying(rotate, "_wait_for_others"),
    "inside a page": lambda: dying(sealed, "swap", nth=2, after=True),
    "after the first page": lambda: dying(rotate, "_swap", after=True),
    "after the fourth page": lambda: dying(rotate, "_swap", nth=4, after=True),
    "when all is moved": lambda: dying(rotate, "_move_all", nth=1, after=True),
    "inside the retirement": lambda: dying(keys, "retire", after=True),
    "after the retirement": lambda: dying(rotate, "retire_key", after=True),
}


async def main(url: str, point: str, entries: str) -> None:
    settings = read_settings({}, database_url=url, secret_keys=entries, egress_guard=False)
    places.PAGE = 2  # type: ignore[misc]
    STEPS[point]()
    async with open_world(settings) as world:
        done = await rotate.reseal(world)
        old = next(id_ for id_ in world.keyring.key_ids if id_ != done.key_id)
        await rotate.retire_key(world, old)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
