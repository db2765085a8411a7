"""What two revisions of one thing differ in, named as an administrator names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.flows.world import World
from carteiro.model.config_diff import Changes, changes_between
from carteiro.storage.tenancy.revisions import DRAFT

LIVE_NAME = "live"
DRAFT_NAME = "draft"


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: ``live``, ``draft``, or a revision by its number."""

    name: str

    def number(self, live: int | None) -> int | None:
        """The number under which it stands; ``None`` where nothing is live."""
        if self.name == LIVE_NAME:
            return live
        return DRAFT if self.name == DRAFT_NAME else int(self.name)


async def compare_sides(
    world: World, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Changes:
    """In a thread: long texts take a while, and others are answered meanwhile."""
    return await world.long_looks(changes_between, before, after)
