"""Which mail clients cannot show a feature: `support.json`, read when the lint first asks.

`python -m tools.mail_clients` writes the file and says where it comes from. Nobody publishes the
clients' shares under a licence; so a share here is one of clients, each counted once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

OUTLOOK = "Outlook for Windows"
"""The one that renders by Word, and reads conditional comments."""
_FILE = Path(__file__).with_name("support.json")
_CANNOT, _IN_PART, _UNKNOWN = "nau"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Who cannot show something; ``of`` counts the clients of which anybody knows it."""

    clients: tuple[str, ...]
    of: int

    @property
    def share(self) -> float:
        """The part of the clients, from 0 to 1."""
        return round(len(self.clients) / self.of, 2)

    def without(self, client: str) -> Loss | None:
        """The same, where this client does not read the place; ``None`` when nobody is left."""
        clients = tuple(name for name in self.clients if name != client)
        return Loss(clients=clients, of=self.of) if clients else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the data comes from; ``updated`` is a date."""

    name: str
    version: str
    updated: str
    licence: str


def loss(feature: str, *, in_part: bool = False) -> Loss | None:
    """Who cannot show a feature, ``None`` when everybody can or nobody knows.

    ``in_part`` counts those, too, that show it in some uses only.
    """
    row = _data()["features"].get(feature)
    if row is None:
        return None
    marks: str = row[1]
    named = list(zip(clients(), marks, strict=True))
    lost = (_CANNOT, _IN_PART) if in_part else (_CANNOT,)
    unable = tuple(name for name, mark in named if mark in lost)
    known = sum(mark != _UNKNOWN for mark in marks)
    return Loss(clients=unable, of=known) if unable else None


def features() -> Mapping[str, str]:
    """Every feature that some client cannot show, with the name of its page at the source."""
    return {name: row[0] for name, row in _data()["features"].items()}


def clients() -> tuple[str, ...]:
    """The clients that the data speaks of."""
    return tuple(_data()["clients"])


def source() -> Source:
    """Where the data comes from."""
    data = _data()
    return Source(
        name=data["source"],
        version=data["version"],
        updated=data["updated"],
        licence=data["licence"],
    )


@cache
def _data() -> Mapping[str, Any]:
    data: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return data
