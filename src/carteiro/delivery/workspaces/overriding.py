"""The overrides of a tenant in memory: who has one, and the letterheads that follow from them.

Who has an override is known from one small row each. What an override brings, the keys of its
templates and its connector, is read when a mail first needs it; contents when they are first used.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

import structlog

from carteiro.delivery.workspaces.letterhead import Letterhead, Level
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import InvalidAddress
from carteiro.model.addresses import Mailbox, parse_mailbox
from carteiro.model.display_names import clean_name
from carteiro.model.origin import Origin
from carteiro.model.owners import Owner, OwnerKind
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import fallbacks, templates
from carteiro.storage.tenancy.fallbacks import FallbackRow
from carteiro.storage.tenancy.overrides import OverrideRow
from carteiro.storage.tenancy.templates import TemplateSet
from carteiro.templates.choose import TemplateIndex

_KEPT_AT_MOST = 4096
_log = structlog.get_logger("carteiro.delivery")
Opener = Callable[[FallbackRow], OpenConnector]


@dataclass(frozen=True, slots=True)
class _Read:
    """An override and what it brings."""

    row: OverrideRow
    keys: Sequence[tuple[str, str, str, int]]
    waiting: FallbackRow | None
    """The connector that it has to itself."""


class Overriding:
    """A tenant's overrides as of its last change."""

    def __init__(self, rows: Iterable[OverrideRow], opener: Opener) -> None:
        """``opener`` opens a connector that nobody else sends through, or has it open."""
        self._rows = {row.owner: row for row in rows}
        self._opener = opener
        self._made: OrderedDict[tuple[str, ...], Letterhead] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def of(self, origin: Origin) -> Sequence[OverrideRow]:
        """The overrides that count for an origin, the nearest first; for most mails none."""
        owners = (
            (OwnerKind.ORGANIZATION, origin.organization_id),
            (OwnerKind.APPLICATION, origin.application_id),
        )
        named = (Owner(kind, id_) for kind, id_ in owners if id_ is not None)
        return [self._rows[owner] for owner in named if owner in self._rows]

    def opened(self, row: FallbackRow) -> OpenConnector:
        """A connector that waits for an override, whether one names it or not."""
        return self._opener(row)

    def made(self, rows: Sequence[OverrideRow]) -> Letterhead | None:
        """The letterhead that was made of these, if it is still there."""
        key = _key(rows)
        if (found := self._made.get(key)) is not None:
            self._made.move_to_end(key)
        return found

    async def make(
        self, database: Database, rows: Sequence[OverrideRow], plain: Letterhead
    ) -> Letterhead:
        """Make it, in one read; ``plain`` is the tenant's."""
        tenants: dict[str | None, OpenConnector] = {entry.row.id: entry for entry in plain.route}
        read = await database.read(lambda tx: _read(tx, rows, tenants))
        levels = [
            Level(
                index=TemplateIndex(key[:3] for key in one.keys),
                revisions={key[0]: key[3] for key in one.keys},
                from_name=clean_name(one.row.from_name or "") or None,
                reply_to=_mailbox(one.row.reply_to),
            )
            for one in read
        ]
        route, own = plain.route, None
        for place, one in enumerate(read):
            entry = tenants.get(one.row.connector_id)
            if one.waiting is not None:
                entry, own = self._opener(one.waiting), place
            if entry is not None:
                route = [entry, *(other for other in plain.route if other is not entry)]
                break
        made = Letterhead(levels=(*levels, *plain.levels), route=route, own=own)
        self._made[_key(rows)] = made
        if len(self._made) > _KEPT_AT_MOST:
            self._made.popitem(last=False)
        return made


async def _read(
    tx: Transaction, rows: Sequence[OverrideRow], in_route: Container[str | None]
) -> list[_Read]:
    read = []
    for row in rows:
        keys = await templates.keys(tx, TemplateSet(row.tenant_id, row.owner))
        waiting: FallbackRow | None = None
        if (id_ := row.connector_id) is not None and id_ not in in_route:
            waiting = await fallbacks.get(tx, row.tenant_id, id_)
        read.append(_Read(row, keys, waiting))
    return read


def _mailbox(text: str | None) -> Mailbox | None:
    """What was an address when it was stored; if it is none by newer rules, mail still goes."""
    try:
        return None if text is None else parse_mailbox(text)
    except InvalidAddress:
        _log.warning("the address for answers of an override is none")
        return None


def _key(rows: Sequence[OverrideRow]) -> tuple[str, ...]:
    return tuple(row.id for row in rows)
