"""An administrator hands a person everything that is held of them, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from carteiro.errors import EntityNotFound, InteractionNotFound
from carteiro.experience.record import InteractionRecord
from carteiro.flows.administer.people.traces import traces_of
from carteiro.flows.announce import announce
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.people import holdings, users
from carteiro.storage.people.holdings import HOLDINGS, PERSON, Holding, Traces
from carteiro.storage.people.users import UserRow

PAGE = 200
"""Rows that are read in one go."""
ROWS_AT_MOST = 50_000
"""Rows of one table that are shown; how many there are is told in any case."""
_TEXTS = frozenset(
    {
        *("authorizations", "scopes", "language", "context", "profile", "identities"),
        *("custom_data", "logto_config", "payload", "body", "error", "skipped"),
    }
)
"""Columns whose text is JSON."""


async def export_person(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> AsyncIterator[str]:
    """The document, piece by piece; hashes, codes and tokens are named in it and not shown.

    That it was asked for is on record first. Raises ``EntityNotFound``, before the first piece.
    """

    async def work(tx: Transaction) -> UserRow:
        row = existing(await users.get(tx, tenant_id, id), EntityNotFound)
        await announce(tx, world, tenant_id, by, "User.Exported", target={"userId": id})
        return row

    row = await world.database.write(work)
    return _pieces(world, traces_of(world.keyring, row))


async def _pieces(world: World, traces: Traces) -> AsyncIterator[str]:
    yield "{"
    for holding in (PERSON, *HOLDINGS):
        yield "" if holding is PERSON else ",\n"
        async for piece in _part(world, holding, traces):
            yield piece
    yield "}\n"


async def _part(world: World, holding: Holding, traces: Traces) -> AsyncIterator[str]:
    """One table: its rows, how many there are, and what is held of them without being shown."""
    withheld = json.dumps([to_camel(name) for name in holding.withheld])
    total = await world.database.read(lambda tx: holdings.counted(tx, holding, traces))
    yield f'{json.dumps(holding.name)}: {{"total": {total}, "notShown": {withheld}, "rows": ['
    shown, last = 0, None
    while shown < min(total, ROWS_AT_MOST):
        rows = await _page(world, holding, traces, last)
        for row in rows:
            yield ("," if shown else "") + "\n" + _line(holding, row)
            shown += 1
        if len(rows) < PAGE:
            break
        last = rows[-1]
    yield "]}"


async def _page(world: World, holding: Holding, traces: Traces, last: Row | None) -> list[Row]:
    return await world.database.read(lambda tx: holdings.page(tx, holding, traces, last, PAGE))


def _line(holding: Holding, row: Row) -> str:
    shown = {to_camel(name): _shown(name, row[name]) for name in holding.shown}
    return json.dumps(shown, ensure_ascii=False, default=str)


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "record":
        return _interaction(value)
    if name not in _TEXTS:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _interaction(text: str) -> Mapping[str, Any] | None:
    """What somebody did at the door, without a password's digest or a proof's secret."""
    try:
        return InteractionRecord.from_wire(json.loads(text)).shown()
    except (ValueError, InteractionNotFound):
        return None
