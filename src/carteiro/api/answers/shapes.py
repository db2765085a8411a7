"""Shapes that several answers have."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

Moment = Annotated[int, Field(description="Milliseconds since the epoch.")]


class Members(TypedDict):
    """A JSON object whose members only the client, or the connector, knows."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]


class RoleName(TypedDict):
    """A role as it stands beside who has it."""

    id: str
    name: str


class RowCount(TypedDict):
    """How many were deleted."""

    rowCount: int
