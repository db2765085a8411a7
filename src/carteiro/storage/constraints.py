"""A violated constraint as the domain's error: one table for both databases.

PostgreSQL names the constraint; SQLite names a check by its name and a unique one by its columns.
"""

from __future__ import annotations

import re

from carteiro.errors import (
    CarteiroError,
    MessageRateLimited,
    UniqueViolation,
    UsageLimitExceeded,
)

_CHECKS: dict[str, type[CarteiroError]] = {
    "send_windows_limit": MessageRateLimited,
    "usage_counters_cap": UsageLimitExceeded,
}
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")


def check_error(name: str | None) -> CarteiroError | None:
    """The error of a named check, if it is one of ours."""
    kind = _CHECKS.get(name or "")
    return kind() if kind else None


def sqlite_error(text: str) -> CarteiroError | None:
    """The error behind SQLite's message, if it is a constraint that has a meaning."""
    if match := _SQLITE_CHECK.search(text):
        return check_error(match[1])
    return UniqueViolation() if text.startswith("UNIQUE constraint failed") else None
