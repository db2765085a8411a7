"""An administrator looks up who did what, and what became of it."""

from __future__ import annotations

from carteiro.errors import EntityNotExistsWithId
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.page import Page, Part
from carteiro.storage.tenancy import logs
from carteiro.storage.tenancy.logs import LogFilter, LogRow


async def find_logs(
    world: World, tenant_id: str, wanted: LogFilter, page: Page, *, count_at_most: int | None
) -> Part[LogRow]:
    """A page of entries, newest first, without those of webhooks."""
    return await world.database.read(
        lambda tx: logs.find(tx, tenant_id, wanted, page, count_at_most=count_at_most)
    )


async def get_log(world: World, tenant_id: str, id: str) -> LogRow:  # noqa: A002 - the wire's name
    """One entry, of a webhook, too. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: logs.get(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)
