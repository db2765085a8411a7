"""What somebody or something may do with a resource."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Granted:
    """The scopes of a resource that are given, and for how many seconds at a time."""

    scopes: frozenset[str]
    lifetime: int
