"""When a password is too old to sign in with (sign-in details §2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DAY = 86_400_000


def is_expired(
    policy: Mapping[str, Any],
    *,
    flagged: bool,
    updated_at: int | None,
    created_at: int,
    now: int,
) -> bool:
    """Whether a person has to choose a new password; times are milliseconds.

    ``policy`` is ``passwordExpiration`` as it is stored. Where it is on, a password expires when an
    administrator says so (``flagged``), or after so many days: since it was set, or where that is
    not known since passwords expire here at all, or since the person was created.
    """
    if not policy.get("enabled"):
        return False
    if flagged:
        return True
    days: int | None = policy.get("validPeriodDays")
    if days is None:
        return False
    dates: tuple[int | None, ...] = (updated_at, policy.get("enabledAt"), created_at)
    since = next(date for date in dates if date is not None)
    return now >= since + days * _DAY
