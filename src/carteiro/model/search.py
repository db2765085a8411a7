"""A search over people as it is asked: fields, patterns, and how they go together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SearchField(StrEnum):
    """What can be searched; the generic search looks at all of them."""

    ID = "id"
    PRIMARY_EMAIL = "primaryEmail"
    PRIMARY_PHONE = "primaryPhone"
    USERNAME = "username"
    NAME = "name"


class SearchMode(StrEnum):
    """How a pattern is read."""

    LIKE = "like"
    EXACT = "exact"
    SIMILAR_TO = "similar_to"
    POSIX = "posix"


class Joint(StrEnum):
    """Whether one condition is enough."""

    OR = "or"
    AND = "and"


@dataclass(frozen=True, slots=True)
class Condition:
    """Any of ``values`` matches any of ``fields``."""

    fields: tuple[SearchField, ...]
    mode: SearchMode
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; without conditions everybody is found."""

    conditions: tuple[Condition, ...] = ()
    joint: Joint = Joint.OR
    case_sensitive: bool = False
    exclude_role_id: str | None = None
    exclude_organization_id: str | None = None

    @property
    def finds_everybody(self) -> bool:
        """Whether nothing is left out."""
        excludes = self.exclude_role_id or self.exclude_organization_id
        return not self.conditions and not excludes
