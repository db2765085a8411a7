"""On which days people were active: a day and a person, once.

Days are counted from 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Transaction

DAY = 86_400_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePeople:
    """How many people were active at least once, in two times of the same length."""

    now: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Of the seven and the thirty days up to a day, and those before them."""

    week: ActivePeople
    month: ActivePeople


def noted(tenant_id: str, user_id: str, *, now: int) -> Call:
    """Note that somebody is active, together with whatever else is written."""
    arguments = {"tenant_id": tenant_id, "user_id": user_id, "day": now // DAY}
    return Call("active_users.note", arguments)


async def note(tx: Transaction, tenant_id: str, user_id: str, day: int) -> None:
    """Note that somebody was active."""
    await tx.run("active_users.note", tenant_id=tenant_id, user_id=user_id, day=day)


async def by_day(tx: Transaction, tenant_id: str, first: int, last: int) -> dict[int, int]:
    """How many were active on each day; a day on which nobody was is left out."""
    rows = await tx.all("active_users.by_day", tenant_id=tenant_id, first=first, last=last)
    return {row["day"]: row["people"] for row in rows}


async def reach(tx: Transaction, tenant_id: str, last: int) -> Reach:
    """How many different people were active in the times that end with a day."""
    row = await tx.one("active_users.distinct", tenant_id=tenant_id, last=last)
    assert row is not None
    return Reach(
        week=ActivePeople(now=row["week"], before=row["week_before"]),
        month=ActivePeople(now=row["month"], before=row["month_before"]),
    )


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Forget days before one; returns how many rows went."""
    return await tx.run("active_users.discard", before=before, batch=batch)
