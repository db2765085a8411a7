"""A row is made or taken away, and told of in the same unit of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from carteiro.errors import EntityNotFound
from carteiro.flows.announce import Announcing, Row
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction

R = TypeVar("R", bound=Row)


async def created(
    world: World,
    row: R,
    create: Callable[[Transaction, R], Awaitable[Any]],
    announce: Announcing[R],
    name: str,
    by: Actor,
) -> R:
    """Store a new row and announce it as ``name``. Raises what storing it raises."""

    async def work(tx: Transaction) -> None:
        await create(tx, row)
        await announce(tx, world, by, name, None, row)

    await commit(world, work)
    return row


async def deleted(
    world: World,
    lock: Callable[[Transaction], Awaitable[R | None]],
    delete: Callable[[Transaction, str, str], Awaitable[Any]],
    announce: Announcing[R],
    name: str,
    by: Actor,
) -> None:
    """Lock a row, take it away and announce it as ``name``. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        row = existing(await lock(tx), EntityNotFound)
        await delete(tx, row.tenant_id, row.id)
        await announce(tx, world, by, name, row, None)

    await commit(world, work)
