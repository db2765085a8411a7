"""An administrator asks how many people there are, how many are new, and how many come back.

Days are UTC's, counted from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carteiro.flows.world import World
from carteiro.storage.drivers import row_counts
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import active_users, users
from carteiro.storage.people.active_users import DAY, ActivePeople, Reach

_WEEK = 7
CURVE = 30
"""Days that are shown one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPeople:
    """Who came today and yesterday, in these seven days and those before."""

    today: ActivePeople
    week: ActivePeople


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingBack:
    """How many were active on each of thirty days, on the last one, and in a week and a month."""

    curve: Sequence[tuple[int, int]]
    """Days with how many, the oldest first."""
    day: ActivePeople
    reach: Reach


async def total(world: World, tenant_id: str) -> int:
    """How many people there are."""

    async def work(tx: Transaction) -> int:
        return await row_counts.read(tx, tenant_id, users.COUNT)

    return await world.database.read(work)


async def new(world: World, tenant_id: str) -> NewPeople:
    """Who is new, up to now."""
    today = world.clock.now() // DAY
    first = today - 2 * _WEEK + 1

    async def work(tx: Transaction) -> dict[int, int]:
        return await users.created_by_day(tx, tenant_id, since=first * DAY, until=(today + 1) * DAY)

    found = await world.database.read(work)
    last = 2 * _WEEK - 1
    return NewPeople(
        today=ActivePeople(now=found.get(last, 0), before=found.get(last - 1, 0)),
        week=ActivePeople(now=_sum(found, _WEEK, last), before=_sum(found, 0, _WEEK - 1)),
    )


async def coming_back(world: World, tenant_id: str, day: int | None) -> ComingBack:
    """Who is active, up to a day; without one up to today."""
    last = world.clock.now() // DAY if day is None else day

    async def work(tx: Transaction) -> tuple[dict[int, int], Reach]:
        by_day = await active_users.by_day(tx, tenant_id, last - CURVE + 1, last)
        return by_day, await active_users.reach(tx, tenant_id, last)

    by_day, reach = await world.database.read(work)
    return ComingBack(
        curve=[(day, by_day.get(day, 0)) for day in range(last - CURVE + 1, last + 1)],
        day=ActivePeople(now=by_day.get(last, 0), before=by_day.get(last - 1, 0)),
        reach=reach,
    )


def _sum(found: Mapping[int, int], first: int, last: int) -> int:
    return sum(found.get(day, 0) for day in range(first, last + 1))
