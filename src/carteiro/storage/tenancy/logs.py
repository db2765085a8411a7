"""The audit log: what was done, by whom, to what, and how it ended. Entries are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from carteiro import secrets
from carteiro.errors import CarteiroError
from carteiro.model import json_text
from carteiro.model.actor import Actor
from carteiro.model.masking import masked_for_log
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.drivers.statements import Statement


def entry(
    tenant_id: str,
    by: Actor | None,
    key: str,
    *,
    at: int,
    payload: Mapping[str, Any],
    error: CarteiroError | None = None,
    user_id: str | None = None,
    hook_id: str | None = None,
) -> Call:
    """Put something on record; whatever is secret is masked, at any depth.

    Of an error only its ``code`` is kept: its message and data may repeat what somebody typed.
    ``user_id`` is the person whom it concerns, where that is not the actor. Without an actor it was
    the service that acted.
    """
    who = by or Actor()
    concerns = user_id or who.user_id
    result = "Success" if error is None else "Error"
    known = {
        "error": None if error is None else {"code": error.code},
        "actor": by.kind if by else None,
        "ip": who.ip,
        "userAgent": who.user_agent,
        "userId": concerns,
        "applicationId": who.application_id,
        "hookId": hook_id,
        "request": who.request or None,
    }
    fields = {
        "key": key,
        "result": result,
        **{name: value for name, value in known.items() if value is not None},
        **payload,
    }
    return Call(
        "logs.add",
        {
            "tenant_id": tenant_id,
            "id": secrets.timed_id(at),
            "key": key,
            "result": result,
            "payload": json_text.write(masked_for_log(fields)),
            "user_id": concerns,
            "application_id": who.application_id,
            "hook_id": hook_id,
            "created_at": at,
        },
    )


async def add(tx: Transaction, call: Call) -> None:
    """Write an entry together with what it tells of."""
    await tx.put(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """An entry; ``payload`` is JSON."""

    tenant_id: str
    id: str
    key: str
    payload: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries; times are milliseconds and count themselves. ``None`` does not filter."""

    key: str | None = None
    user_id: str | None = None
    application_id: str | None = None
    hook_id: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Executions:
    """How often a hook was called, and how often that worked."""

    requests: int = 0
    successes: int = 0


async def get(tx: Transaction, tenant_id: str, id: str) -> LogRow | None:  # noqa: A002 - the column's name
    """One entry."""
    row = await tx.one("logs.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def find(
    tx: Transaction, tenant_id: str, wanted: LogFilter, page: Page, *, count_at_most: int | None
) -> Part[LogRow]:
    """A page of entries, newest first: of one hook, or all but those of hooks."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    if wanted.start is not None:
        given["start"] = secrets.time_prefix(wanted.start)
    if wanted.end is not None:
        given["end"] = secrets.time_prefix(wanted.end + 1)
    conditions = tuple(text for name, text in _CONDITIONS.items() if name in given)
    if wanted.hook_id is None:
        conditions += ("key NOT LIKE 'TriggerHook.%'",)
    arguments = {"tenant_id": tenant_id, **given}
    rows = await tx.all(
        _page_of(conditions), **arguments, page_size=page.size, page_offset=page.offset
    )
    most = _UNCAPPED if count_at_most is None else count_at_most
    counted = await tx.one(_count_of(conditions), **arguments, counted_at_most=most)
    assert counted is not None
    return Part([_row(row) for row in rows], counted["total"], capped=counted["total"] == most)


async def executions(tx: Transaction, tenant_id: str, since: int) -> dict[str, Executions]:
    """What became of each hook's calls since a time, by hook; one that was not called is absent."""
    start = secrets.time_prefix(since)
    rows = await tx.all("logs.executions", tenant_id=tenant_id, since=start)
    return {row["hook_id"]: Executions(row["requests"], row["successes"]) for row in rows}


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` entries made before a time."""
    return await tx.run("logs.discard", before=secrets.time_prefix(before), batch=batch)


_UNCAPPED = 2**31
_CONDITIONS = {
    "key": "key = :key",
    "user_id": "user_id = :user_id",
    "application_id": "application_id = :application_id",
    "hook_id": "hook_id = :hook_id",
    "start": "id >= :start",
    "end": "id < :end",
}


@lru_cache(maxsize=128)
def _page_of(conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(("tenant_id = :tenant_id", *conditions))
    return Statement.of(
        "logs.find",
        f"SELECT * FROM logs WHERE {where} "  # noqa: S608 - fixed pieces
        "ORDER BY id DESC LIMIT :page_size OFFSET :page_offset",
    )


@lru_cache(maxsize=128)
def _count_of(conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(("tenant_id = :tenant_id", *conditions))
    return Statement.of(
        "logs.count_found",
        "SELECT COUNT(*) AS total FROM "  # noqa: S608 - fixed pieces
        f"(SELECT 1 FROM logs WHERE {where} LIMIT :counted_at_most) AS found",
    )


def _row(row: Row) -> LogRow:
    return value_of(LogRow, row)
