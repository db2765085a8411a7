"""Changing what a tenant has: one unit of work; of its settings every process is told."""

from __future__ import annotations

from typing import TypeVar

from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction, Work

T = TypeVar("T")


async def change(world: World, tenant_id: str, work: Work[T]) -> T:
    """Run and commit ``work``; from the return on, this and every other process sees it."""

    async def and_tell(tx: Transaction) -> T:
        result = await work(tx)
        await tx.changed(tenant_id)
        return result

    result = await world.database.write(and_tell)
    world.workspaces.forget(tenant_id)
    world.queue.wake()
    return result


async def commit(world: World, work: Work[T]) -> T:
    """Run and commit ``work`` that changes people or organizations: nothing of the settings."""
    result = await world.database.write(work)
    world.queue.wake()
    return result
