"""``name=value; name=value``: how DKIM and DMARC write their records (RFC 6376 §3.2)."""

from __future__ import annotations

from collections.abc import Mapping

_MOST = 64
"""Tags that are read: no record has a quarter as many."""


def read_tags(text: str) -> Mapping[str, str] | None:
    """The tags by name, in lower case and in their order; ``None`` for what is no such list.

    A name that comes twice makes the whole list invalid.
    """
    tags: dict[str, str] = {}
    for part in text.split(";", _MOST):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not name and not equals:
            continue
        if not equals or not name or name in tags:
            return None
        tags[name] = value.strip()
    return tags


def shown(text: str) -> str:
    """What others wrote, as a report repeats it: on one line, and not too long."""
    printable = "".join(one if one.isprintable() else " " for one in text[:200])
    return f"{printable}…" if len(text) > 200 else printable
