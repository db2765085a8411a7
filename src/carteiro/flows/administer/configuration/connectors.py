"""The connectors of a configuration by name: ``email``, ``sms``, ``fallback-1`` and so on.

Those that wait for an override have no order: they are ``reserved-`` and the id that they keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from carteiro.connectors.metadata import ConnectorType

_FIRST = {"email": ConnectorType.EMAIL, "sms": ConnectorType.SMS}
_FURTHER = re.compile(r"fallback-([1-9][0-9]?)")
_RESERVED = re.compile(r"reserved-([0-9A-Za-z_-]{1,64})")


def kind_of(name: str) -> ConnectorType | None:
    """What a connector of this name is for; ``None`` where there is no such name."""
    if _FURTHER.fullmatch(name) or _RESERVED.fullmatch(name):
        return ConnectorType.EMAIL
    return _FIRST.get(name)


def is_further(name: str) -> bool:
    """Whether it is one of those beside the first."""
    return name not in _FIRST


def whole(name: str, connector: Mapping[str, Any]) -> dict[str, Any]:
    """A connector with every member that its file may leave out."""
    more = "rateLimit" if is_further(name) else "metadata"
    return {"config": {}, more: {}, **connector}


def further_name(position: int) -> str:
    """The name of the further connector at a place, counted from 1."""
    return f"fallback-{position}"


def reserved_name(id: str) -> str:  # noqa: A002 - the row's name
    """The name of a connector that waits for an override."""
    return f"reserved-{id}"


def reserved_id(name: str) -> str | None:
    """Its id by its name; ``None`` for other connectors."""
    found = _RESERVED.fullmatch(name)
    return found[1] if found else None


def in_order(names: Iterable[str]) -> list[str]:
    """Those of the further connectors, in the order in which they are tried."""
    places = {match[0]: int(match[1]) for name in names if (match := _FURTHER.fullmatch(name))}
    return sorted(places, key=places.__getitem__)
