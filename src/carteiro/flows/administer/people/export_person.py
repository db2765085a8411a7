"""An administrator hands a person everything that is held of them, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from carteiro.errors import CarteiroError, EntityNotFound, InteractionNotFound
from carteiro.experience.record import InteractionRecord
from carteiro.flows.administer.people.traces import traces_of
from carteiro.flows.announce import announce
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import address_key, parse_address
from carteiro.model.masking import MASK
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.people import held, users
from carteiro.storage.people.holdings import HOLDINGS, PERSON, Holding, Traces
from carteiro.storage.people.users import UserRow

PAGE = 200
"""Rows that are read in one go."""
ROWS_AT_MOST = 50_000
"""Rows of one table that are shown; how many there are is told in any case."""
_TEXTS = frozenset(
    {
        *("authorizations", "scopes", "language", "context", "profile", "identities"),
        *("custom_data", "logto_config", "payload", "body", "error", "skipped", "screen"),
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
    total = await world.database.read(lambda tx: held.counted(tx, holding, traces))
    yield f'{json.dumps(holding.name)}: {{"total": {total}, "notShown": {withheld}, "rows": ['
    shown, last = 0, None
    while shown < min(total, ROWS_AT_MOST):
        rows = await _page(world, holding, traces, last)
        for row in rows:
            yield ("," if shown else "") + "\n" + _line(holding, row, traces)
            shown += 1
        if len(rows) < PAGE:
            break
        last = rows[-1]
    yield "]}"


async def _page(world: World, holding: Holding, traces: Traces, last: Row | None) -> list[Row]:
    return await world.database.read(lambda tx: held.page(tx, holding, traces, last, PAGE))


def _line(holding: Holding, row: Row, traces: Traces) -> str:
    shown = {to_camel(name): _shown(name, row[name]) for name in holding.shown}
    if without := _OTHERS.get(holding.name):
        without(shown, traces)
    return json.dumps(shown, ensure_ascii=False, default=str)


def _without_invitee(row: dict[str, Any], traces: Traces) -> None:
    """Whom the person has invited gets no document of theirs."""
    if address_key(row["invitee"]) != traces.email_key:
        row["invitee"] = _masked(row["invitee"])


def _without_caller(row: dict[str, Any], _: Traces) -> None:
    """Whoever called the management API, and from where, is no business of the person's."""
    for name in ("payload", "body"):
        told = row.get(name)
        if isinstance(told, dict) and _is_managing(told):
            row[name] = {key: value for key, value in told.items() if key not in _CALLERS}


def _is_managing(told: Mapping[str, Any]) -> bool:
    """An entry is of the management API by its key, a webhook by its route."""
    if str(told.get("key")).startswith("Management."):
        return True
    route = told.get("matchedRoute")
    return route is not None and not str(route).startswith(_OWN_ROUTES)


def _without_guest(row: dict[str, Any], traces: Traces) -> None:
    """Somebody else may have typed the person's address."""
    record = row["record"] or {}
    if not {row["accountId"], record.get("userId")} <= {None, traces.user_id}:
        row.update(accountId=None, record=None, screen=None)


_OWN_ROUTES = ("/my-account", "/verifications")
"""What people call themselves."""
_CALLERS = frozenset({"ip", "userAgent"})
_OTHERS: Mapping[str, Callable[[dict[str, Any], Traces], None]] = {
    "invitations": _without_invitee,
    "auditLog": _without_caller,
    "webhooks": _without_caller,
    "interactions": _without_guest,
}
"""What is taken out of a row because it is about somebody else."""


def _masked(address: str) -> str:
    try:
        return parse_address(address).masked
    except CarteiroError:
        return MASK


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
