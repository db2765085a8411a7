"""A search as it is asked, over people or over things: fields, patterns, how they go together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SearchField(StrEnum):
    """What of people can be searched; the generic search looks at all of them."""

    ID = "id"
    PRIMARY_EMAIL = "primaryEmail"
    PRIMARY_PHONE = "primaryPhone"
    USERNAME = "username"
    NAME = "name"


class ThingField(StrEnum):
    """The same of roles, scopes and applications."""

    ID = "id"
    NAME = "name"
    DESCRIPTION = "description"


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

    fields: tuple[StrEnum, ...]
    mode: SearchMode
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; without conditions everybody is found. ``role_id`` is who has a role."""

    conditions: tuple[Condition, ...] = ()
    joint: Joint = Joint.OR
    case_sensitive: bool = False
    role_id: str | None = None
    exclude_role_id: str | None = None
    exclude_organization_id: str | None = None

    @property
    def finds_everybody(self) -> bool:
        """Whether nothing is left out."""
        only = self.role_id or self.exclude_role_id or self.exclude_organization_id
        return not self.conditions and not only


EVERYTHING = Search()
"""A search that leaves nothing out."""
