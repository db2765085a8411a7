"""A part of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_SIZE = 20
MAX_SIZE = 100
MAX_NUMBER = 2**53 // MAX_SIZE
"""The last page that can be asked for: its place in the list is still a plain number."""


@dataclass(frozen=True, slots=True)
class Page:
    """The ``number``-th part (from 1) of ``size`` rows."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def offset(self) -> int:
        """How many rows stand before it."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """The rows of a page, and how many there are in all. ``capped``: at least that many."""

    rows: Sequence[T]
    total: int
    capped: bool = False
