"""Language tags (BCP 47): the lists that the wire names, and how a wish finds a tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

BUILT_IN = (
    "ar", "cs", "de", "en", "es", "fa-IR", "fr", "it", "ja", "ko", "pl-PL", "pt-PT", "pt-BR",
    "ru", "th", "tr-TR", "uk-UA", "zh-CN", "zh-HK", "zh-TW",
)  # fmt: skip
"""The languages of every tenant. The order decides which one answers for a base language."""

ACCEPTED_TAGS = (
    "af-ZA", "am-ET", "ar", "ar-AR", "as-IN", "az-AZ", "be-BY", "bg-BG", "bn-IN", "br-FR",
    "bs-BA", "ca-ES", "cb-IQ", "co-FR", "cs", "cs-CZ", "cx-PH", "cy-GB", "da-DK", "de", "de-DE",
    "el-GR", "en", "en-GB", "en-US", "eo-EO", "es", "es-ES", "et-EE", "eu-ES", "fa-IR", "ff-NG",
    "fi", "fi-FI", "fo-FO", "fr", "fr-CA", "fr-FR", "fy-NL", "ga-IE", "gl-ES", "gn-PY", "gu-IN",
    "ha-NG", "he-IL", "hi-IN", "hr-HR", "ht-HT", "hu-HU", "hy-AM", "id-ID", "ik-US", "is-IS",
    "it", "it-IT", "iu-CA", "ja", "ja-JP", "ja-KS", "jv-ID", "ka-GE", "kk-KZ", "km-KH", "kn-IN",
    "ko", "ko-KR", "ku-TR", "ky-KG", "lo-LA", "lt-LT", "lv-LV", "mg-MG", "mk-MK", "ml-IN",
    "mn-MN", "mr-IN", "ms-MY", "mt-MT", "my-MM", "nb-NO", "ne-NP", "nl", "nl-BE", "nl-NL",
    "nn-NO", "or-IN", "pa-IN", "pl-PL", "ps-AF", "pt", "pt-BR", "pt-PT", "ro-RO", "ru", "ru-RU",
    "rw-RW", "sc-IT", "si-LK", "sk-SK", "sl-SI", "sn-ZW", "sq-AL", "sr-RS", "sv", "sv-SE",
    "sw-KE", "sy-SY", "sz-PL", "ta-IN", "te-IN", "tg-TJ", "th", "th-TH", "tl-PH", "tr", "tr-TR",
    "tt-RU", "tz-MA", "uk-UA", "ur-PK", "uz-UZ", "vi-VN", "zh", "zh-CN", "zh-HK", "zh-MO",
    "zh-TW", "zz-TR",
)  # fmt: skip
"""The tags that a tenant may choose from (management API §5.5)."""

_WELL_FORMED = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_LONGEST = 64
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


class Match(StrEnum):
    """How a wish met a tag of the library."""

    EXACT = "exact"
    BASE = "base"


@dataclass(frozen=True, slots=True)
class Found:
    """A tag, spelled as in the library."""

    tag: str
    match: Match


def canonical(text: str) -> str | None:
    """The tag as RFC 5646 §2.1.1 spells it (``pt_br`` is ``pt-BR``); ``None`` for what is none."""
    text = text.strip().replace("_", "-")
    if len(text) > _LONGEST or not _WELL_FORMED.fullmatch(text):
        return None
    first, *rest = text.split("-")
    return "-".join([first.lower(), *map(_cased, rest)])


def _cased(subtag: str) -> str:
    if len(subtag) == 2 and subtag.isalpha():
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag.lower()


def lookup_chain(tag: str) -> Iterator[str]:
    """The tag, then ever shorter ones (RFC 4647 §3.4): ``zh-Hant-TW``, ``zh-Hant``, ``zh``."""
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``: how the language is written."""
    return "rtl" if tag.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


class LanguageLibrary:
    """A tenant's languages: the built-in ones and its own."""

    __slots__ = ("_base", "_custom_base", "_exact", "custom", "find")

    def __init__(self, custom: Iterable[str] = ()) -> None:
        self.custom = tuple(custom)
        # Own tags go before built-in ones where both match exactly, after them by base language.
        self._exact = _spellings(BUILT_IN) | _spellings(self.custom)
        self._base = _bases(BUILT_IN)
        self._custom_base = _bases(self.custom)
        self.find = lru_cache(maxsize=256)(self._find)

    def has(self, tag: str) -> bool:
        """Whether the tag itself is in the library."""
        return (canonical(tag) or "").lower() in self._exact

    def _find(self, wish: str) -> Found | None:
        """The library's answer to one wish (management API §5.4): exact, then base language."""
        tag = canonical(wish)
        if tag is None:
            return None
        if (exact := self._exact.get(tag.lower())) is not None:
            return Found(exact, Match.EXACT)
        base = tag.partition("-")[0]
        found = self._base.get(base) or self._custom_base.get(base)
        return Found(found, Match.BASE) if found else None


def _spellings(tags: Iterable[str]) -> dict[str, str]:
    return {(canonical(tag) or tag).lower(): tag for tag in tags}


def _bases(tags: Iterable[str]) -> dict[str, str]:
    bases: dict[str, str] = {}
    for tag in tags:
        bases.setdefault(tag.partition("-")[0].lower(), tag)
    return bases
