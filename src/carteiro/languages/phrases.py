"""The texts of the pages: nested objects of texts by key, and a tenant's own merged into them.

The keys are those that clients of the compatible API translate; a language without words of its own
here is shown in English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Texts = Mapping[str, Any]
_FOLDER = Path(__file__).with_name("texts")
_DEFAULT = "en"


@cache
def built_in_texts(tag: str) -> Texts:
    """The whole tree of a built-in language, in English where there are no words in it."""
    path = _FOLDER / f"{tag}.json"
    if tag == _DEFAULT or not path.is_file():
        texts: Texts = json.loads((_FOLDER / f"{_DEFAULT}.json").read_text("utf-8"))
        return texts
    own: Texts = json.loads(path.read_text("utf-8"))
    return merged(built_in_texts(_DEFAULT), own)


def merged(texts: Texts, over: Texts) -> dict[str, Any]:
    """The tree with the other one's texts in place of its own."""
    result = dict(texts)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def without_empty(texts: Texts, *, levels: int = 16) -> dict[str, Any]:
    """The tree without texts that say nothing, and without objects in which none is left.

    What lies deeper than any text of a page is left as it is.
    """
    cleaned = {
        key: without_empty(text, levels=levels - 1)
        if isinstance(text, Mapping) and levels
        else text
        for key, text in texts.items()
    }
    return {key: text for key, text in cleaned.items() if text not in ("", None, {})}


def misplaced(texts: Texts) -> tuple[str, ...] | None:
    """Where a tree first differs from the pages' one: an unknown key, or no text where one belongs.

    ``None`` where every text has its place.
    """
    return _misplaced(texts, built_in_texts(_DEFAULT))


def _misplaced(texts: Texts, known: Texts) -> tuple[str, ...] | None:
    for key, value in texts.items():
        place = known.get(key)
        if isinstance(place, Mapping) and isinstance(value, Mapping):
            if (below := _misplaced(value, place)) is not None:
                return (key, *below)
        elif not (isinstance(place, str) and isinstance(value, str)):
            return (key,)
    return None
