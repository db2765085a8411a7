"""What a look at something means for whoever runs it."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a check means for the operator."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
