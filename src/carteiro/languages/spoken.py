"""A language's texts as a page says them: by key, with names, numbers and lists put in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel.lists import format_list

from carteiro.languages.likely import direction
from carteiro.languages.locales import locale_of
from carteiro.languages.phrases import Texts
from carteiro.languages.plurals import plural

_FOLDER = Path(__file__).with_name("own")
_DEFAULT = "en"
_PLACE = re.compile(r"\{\{\s*(\w+)\s*(?:,\s*list\s*)?\}\}")


@cache
def own_texts(tag: str) -> Mapping[str, str]:
    """The words that stand in no client's catalogue, in English where a language has none."""
    own: dict[str, str] = json.loads((_FOLDER / f"{_DEFAULT}.json").read_text("utf-8"))
    path = _FOLDER / f"{tag}.json"
    if tag != _DEFAULT and path.is_file():
        own |= json.loads(path.read_text("utf-8"))
    return own


@dataclass(frozen=True, slots=True)
class Spoken:
    """The texts of one language. A key is its path with dots; ``own.`` are our further words."""

    tag: str
    texts: Texts = field(repr=False)

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, for an element's ``dir``."""
        return direction(self.tag)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return self._find(key) is not None

    def say(self, key: str, **values: Any) -> str:
        """The text with ``values`` in their places; a list, of texts or keys, becomes one in words.

        With a ``count`` the form of the text for that number. A key that no text has is itself the
        text: a page with a hole says more than no page.
        """
        if "count" in values:
            key = self._counted(key, values["count"])
        text = self._find(key)
        return key if text is None else self.fill(text, values)

    def fill(self, text: str, values: Mapping[str, Any]) -> str:
        """Put values into a text; a place without a value stays empty."""
        return _PLACE.sub(lambda place: self._shown(values.get(place[1], "")), text)

    def listed(self, items: Iterable[str]) -> str:
        """``a, b, and c`` as the language joins them (CLDR)."""
        return format_list(list(items), locale=locale_of(self.tag) or _DEFAULT)

    def _shown(self, value: Any) -> str:
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return self._apart(value)
        return self.listed(self.say(item) if self.has(item) else item for item in value)

    def _apart(self, value: str) -> str:
        """An address or a name keeps its own direction in a sentence that runs the other way."""
        return f"\u2068{value}\u2069" if value and self.direction == "rtl" else value

    def _counted(self, key: str, count: int) -> str:
        counted = f"{key}_{plural(self.tag, count)}"
        return counted if self.has(counted) else f"{key}_other"

    def _find(self, key: str) -> str | None:
        if key.startswith("own."):
            return own_texts(self.tag).get(key.removeprefix("own."))
        place: Any = self.texts
        # A key of a scope has colons and no dots: its path is never more than what is split here.
        for part in key.split("."):
            if not isinstance(place, Mapping):
                return None
            place = place.get(part)
        return place if isinstance(place, str) else None
