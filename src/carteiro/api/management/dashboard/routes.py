"""`/api/dashboard/users`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from carteiro.api.answers import access
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.flows.administer.people import count_people as flow
from carteiro.model.management import ManagementScope as Scope
from carteiro.storage.people.active_users import ActivePeople

router = ApiRouter(
    tag="Dashboard",
    needs=(Scope.PEOPLE_READ, None),
    answers={
        "count_users": access.UserTotal,
        "count_new_users": access.NewUsers,
        "count_active_users": access.ActiveUsers,
    },
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH = date(1970, 1, 1)


def _day(value: str) -> str:
    try:
        # The calendar has to reach back to where the curve begins.
        known = _DATE.fullmatch(value) and date.fromisoformat(value) - timedelta(days=flow.CURVE)
    except (ValueError, OverflowError):
        known = None
    if not known:
        raise PydanticCustomError("custom", "A date is written as YYYY-MM-DD.")
    return value


Day = Annotated[str, AfterValidator(_day)]
"""A day that the calendar has."""


@router.get("/dashboard/users/total")
async def count_users(caller: Caller) -> dict[str, int]:
    """How many people there are."""
    return {"totalUserCount": await flow.total(caller.world, caller.tenant_id)}


@router.get("/dashboard/users/new")
async def count_new_users(caller: Caller) -> dict[str, dict[str, int]]:
    """How many are new today and in these seven days, against yesterday and the seven before."""
    found = await flow.new(caller.world, caller.tenant_id)
    return {"today": _counted(found.today), "last7Days": _counted(found.week)}


@router.get("/dashboard/users/active")
async def count_active_users(caller: Caller, date: Day | None = None) -> dict[str, Any]:
    """How many were given access tokens, up to a day; days are UTC's.

    A day, seven and thirty days, each against the time before, and every one of thirty days.
    """
    found = await flow.coming_back(caller.world, caller.tenant_id, _number(date))
    return {
        "dauCurve": [{"date": _written(day), "count": count} for day, count in found.curve],
        "dau": _counted(found.day),
        "wau": _counted(found.reach.week),
        "mau": _counted(found.reach.month),
    }


def _counted(people: ActivePeople) -> dict[str, int]:
    return {"count": people.now, "delta": people.now - people.before}


def _number(day: str | None) -> int | None:
    return None if day is None else (date.fromisoformat(day) - _EPOCH).days


def _written(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()
