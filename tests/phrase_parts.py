"""The texts of the pages as they lie in their files, each by its whole key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import carteiro.languages

FILES = Path(carteiro.languages.__file__).with_name("texts")
_HOLE = re.compile(r"{{.*?}}")


def flat(texts: Mapping[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in texts.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


def written(tag: str) -> dict[str, str]:
    """What the language's own file has, with nothing in place of what is missing."""
    return flat(json.loads((FILES / f"{tag}.json").read_text("utf-8")))


def holes(text: str) -> set[str]:
    """The places that are filled in, as they are written."""
    return set(_HOLE.findall(text))


def words(text: str) -> str:
    """The text without the places that are filled in."""
    return _HOLE.sub("", text)
