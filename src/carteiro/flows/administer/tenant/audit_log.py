"""An administrator looks up who did what, and what became of it."""

from __future__ import annotations

from carteiro.errors import EntityNotExistsWithId
from carteiro.flows.world import World
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import logs
from carteiro.storage.tenancy.logs import LogFilter, LogRow


async def find_logs(
    world: World, tenant_id: str, wanted: LogFilter, page: Page, *, count_at_most: int | None
) -> Part[LogRow]:
    """A page of entries, newest first, without those of webhooks."""

    async def work(tx: Transaction) -> Part[LogRow]:
        return await logs.find(tx, tenant_id, wanted, page, count_at_most=count_at_most)

    return await world.database.read(work)


async def get_log(world: World, tenant_id: str, id: str) -> LogRow:  # noqa: A002 - the wire's name
    """One entry, of a webhook, too. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> LogRow | None:
        return await logs.get(tx, tenant_id, id)

    row = await world.database.read(work)
    if row is None:
        raise EntityNotExistsWithId
    return row
