"""Which messages somebody asks for, as SQL."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache

from carteiro import secrets
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail.messages import MessageRow, message_of

COUNTED_AT_MOST = 10_001
"""How far a list of messages is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages; times are milliseconds and count themselves. ``None`` does not filter."""

    recipient_hash: str | None = None
    type: str | None = None
    state: str | None = None
    start: int | None = None
    end: int | None = None


async def find(
    tx: Transaction, tenant_id: str, wanted: MessageFilter, page: Page
) -> Part[MessageRow]:
    """A page of messages, newest first, and how many there are, counted to ``COUNTED_AT_MOST``."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    if wanted.start is not None:
        given["start"] = secrets.time_prefix(wanted.start)
    if wanted.end is not None:
        given["end"] = secrets.time_prefix(wanted.end + 1)
    shape = tuple(name for name in _CONDITIONS if name in given)
    arguments = {"tenant_id": tenant_id, **given}
    rows = await tx.all(_page_of(shape), **arguments, page_size=page.size, page_offset=page.offset)
    counted = await tx.one(_count_of(shape), **arguments, counted_at_most=COUNTED_AT_MOST)
    assert counted is not None
    total: int = counted["total"]
    return Part([message_of(row) for row in rows], total, capped=total == COUNTED_AT_MOST)


_CONDITIONS = {
    "recipient_hash": "recipient_hash = :recipient_hash",
    "type": "type = :type",
    "state": "state = :state",
    "start": "id >= :start",
    "end": "id < :end",
}


@lru_cache(maxsize=128)
def _page_of(shape: tuple[str, ...]) -> Statement:
    return Statement.of(
        "messages.find",
        f"SELECT * FROM messages WHERE {_where(shape)} "  # noqa: S608 - fixed pieces
        "ORDER BY id DESC LIMIT :page_size OFFSET :page_offset",
    )


@lru_cache(maxsize=128)
def _count_of(shape: tuple[str, ...]) -> Statement:
    return Statement.of(
        "messages.count_found",
        "SELECT COUNT(*) AS total FROM "  # noqa: S608 - fixed pieces
        f"(SELECT 1 FROM messages WHERE {_where(shape)} LIMIT :counted_at_most) AS found",
    )


def _where(shape: tuple[str, ...]) -> str:
    return " AND ".join(("tenant_id = :tenant_id", *(_CONDITIONS[name] for name in shape)))
