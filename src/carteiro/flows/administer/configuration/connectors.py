"""The connectors of a configuration by name: ``email``, ``sms``, and ``fallback-1`` and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from carteiro.connectors.metadata import ConnectorType

_FIRST = {"email": ConnectorType.EMAIL, "sms": ConnectorType.SMS}
_FURTHER = re.compile(r"fallback-([1-9][0-9]?)")


def kind_of(name: str) -> ConnectorType | None:
    """What a connector of this name is for; ``None`` where there is no such name."""
    if _FURTHER.fullmatch(name):
        return ConnectorType.EMAIL
    return _FIRST.get(name)


def is_further(name: str) -> bool:
    """Whether it is one of those that are tried when the first cannot."""
    return name not in _FIRST


def whole(name: str, connector: Mapping[str, Any]) -> dict[str, Any]:
    """A connector with every member that its file may leave out."""
    more = "rateLimit" if is_further(name) else "metadata"
    return {"config": {}, more: {}, **connector}


def further_name(position: int) -> str:
    """The name of the further connector at a place, counted from 1."""
    return f"fallback-{position}"


def in_order(names: Iterable[str]) -> list[str]:
    """Those of the further connectors, in the order in which they are tried."""
    places = {match[0]: int(match[1]) for name in names if (match := _FURTHER.fullmatch(name))}
    return sorted(places, key=places.__getitem__)
