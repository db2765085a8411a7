"""What the queue holds of a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A message that is to be worked on, after ``delay`` milliseconds; higher priorities first."""

    tenant_id: str
    message_id: str
    priority: int
    delay: int = 0
