"""Changing a tenant's settings: one unit of work, then every process reads them again."""

from __future__ import annotations

from typing import TypeVar

from carteiro.flows.world import World
from carteiro.storage.database import Transaction, Work

T = TypeVar("T")


async def change(world: World, tenant_id: str, work: Work[T]) -> T:
    """Run and commit ``work``; from the return on, this and every other process sees it."""

    async def and_tell(tx: Transaction) -> T:
        result = await work(tx)
        await tx.changed(tenant_id)
        return result

    result = await world.database.write(and_tell)
    world.workspaces.forget(tenant_id)
    return result
