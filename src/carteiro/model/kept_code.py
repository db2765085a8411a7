"""A code as an application's own store keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """A code as it waits. ``created_at`` and ``since`` are milliseconds since the epoch.

    ``failures`` are the wrong tries of its identifier over all codes, counted from ``since`` on.
    """

    salt: str = field(repr=False)
    digest: str = field(repr=False)
    created_at: int
    tries: int = 0
    failures: int = 0
    since: int = 0
