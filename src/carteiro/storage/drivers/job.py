"""What the queue holds: the name of a row that somebody is to work on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the row is."""

    MESSAGE = "message"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row that is to be worked on at once; higher priorities first."""

    kind: Kind = Kind.MESSAGE
    tenant_id: str
    id: str
    priority: int

    @property
    def key(self) -> str:
        """The row's name; a row has one job at most."""
        return f"{self.tenant_id}/{self.id}"
