"""Showing a config without its secrets, and taking it back without losing them.

What is masked is known by its key's name, at any depth: a config may hold keys that no schema has.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "******"
_SECRET_KEY = re.compile(
    r"(key|keyid|secret|pass|password|passphrase|token|credentials?|authorization|pfx)$",
    re.IGNORECASE,
)


def mask(value: Any) -> Any:
    """A copy in which every secret is ``MASK``; its place stays visible."""
    if isinstance(value, dict):
        return {
            key: MASK if _SECRET_KEY.search(key) and inner else mask(inner)
            for key, inner in value.items()
        }
    return [mask(inner) for inner in value] if isinstance(value, list) else value


def unmask(value: Any, stored: Any) -> Any:
    """A copy in which every ``MASK`` is what is stored at the same place."""
    if isinstance(value, dict):
        known = stored if isinstance(stored, dict) else {}
        return {key: unmask(inner, known.get(key)) for key, inner in value.items()}
    if isinstance(value, list):
        known_items = stored if isinstance(stored, list) else []
        padded = [*known_items, *([None] * (len(value) - len(known_items)))]
        return [unmask(inner, padded[place]) for place, inner in enumerate(value)]
    return stored if value == MASK and stored is not None else value
