"""Texts that can be written: Python's may hold halves of characters, which no UTF-8 has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def is_whole(text: str) -> bool:
    """Whether there are no halves of characters (lone surrogates) in a text."""
    return _HALF.search(text) is None


def are_whole(value: Any) -> bool:
    """The same of every text in what was read from JSON or YAML."""
    if isinstance(value, str):
        return is_whole(value)
    if isinstance(value, Mapping):
        return all(is_whole(str(key)) and are_whole(inner) for key, inner in value.items())
    return all(map(are_whole, value)) if isinstance(value, list) else True
