"""What a tag means: likely script and region, direction, parent locale, macro-language (CLDR).

``zh-MO`` is written in traditional characters as ``zh-HK`` is; ``pt`` alone is most likely that of
Brazil, ``pt-AO`` that of Portugal; Norwegian is ``no``, ``nb`` or ``nn``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel.core import get_global
from langcodes.data_dicts import LANGUAGE_DISTANCES, MACROLANGUAGES, NORMALIZED_MACROLANGUAGES

from carteiro.languages.spelling import LONGEST_TAG, canonical, lookup_chain

_UNCODED = {"cb": "ckb", "cx": "ceb", "sy": "syr", "sz": "szl", "tz": "tzm", "zz": "zza"}
"""Among the tags that tenants may add there are some of no ISO code; what they stand for."""
_SAME = {**NORMALIZED_MACROLANGUAGES, **_UNCODED, "nb": "no"}
"""Languages that go by another tag, most by their macro-language's."""
_CLOSE = 10
_FAMILIES = {
    "nn": "no",
    **{
        language: macro
        for language, macro in MACROLANGUAGES.items()
        if LANGUAGE_DISTANCES.get(language, {}).get(macro, _CLOSE + 1) <= _CLOSE
        # A standard of its own, whatever ISO 639-3 calls it.
        and language != "id"
    },
}
"""Languages whose readers read another of the same macro-language before any other (CLDR)."""

_RIGHT_TO_LEFT = frozenset(
    (
        *("Adlm", "Arab", "Aran", "Armi", "Avst", "Chrs", "Cprt", "Elym", "Gara", "Hatr", "Hebr"),
        *("Hung", "Khar", "Lydi", "Mand", "Mani", "Mend", "Merc", "Mero", "Narb", "Nbat", "Nkoo"),
        *("Orkh", "Ougr", "Palm", "Phli", "Phlp", "Phnx", "Prti", "Rohg", "Samr", "Sarb", "Sidt"),
        *("Sogd", "Sogo", "Syrc", "Thaa", "Yezi"),
    )
)
"""The scripts that Unicode's bidirectional algorithm lays out from right to left."""


@dataclass(frozen=True, slots=True)
class Likely:
    """What a tag means when it is filled up; empty where CLDR does not say."""

    language: str
    script: str
    region: str

    @property
    def family(self) -> str:
        """The macro-language, or the language itself."""
        return _FAMILIES.get(self.language, self.language)

    @property
    def parents(self) -> Iterator[str]:
        """The regions that stand in for this one, the nearest first: 150 and 001 for ``en-DE``."""
        region, parents = self.region, _parents()
        while (above := parents.get((self.language, self.script, region))) is not None:
            yield above
            region = above


def likely(tag: str) -> Likely | None:
    """Language, script and region; ``None`` for what is no tag or names no language."""
    found = canonical(tag)
    if found is None or found == "und" or found.startswith(("und-", "x-")):
        return None
    return _filled_up(found)


@lru_cache(maxsize=4096)
def _filled_up(found: str) -> Likely:
    known: Mapping[str, str] = get_global("likely_subtags")
    language, script, region = _parts(found)
    language = _SAME.get(language, language)
    for key in (f"{language}_{script}_{region}", f"{language}_{region}", f"{language}_{script}"):
        if key in known:
            break
    else:
        key = language
    _, likely_script, likely_region = _parts(known.get(key, language).replace("_", "-"))
    return Likely(language, script or likely_script, region or likely_region)


@cache
def _parents() -> Mapping[tuple[str, str, str], str]:
    """Parent locales, as far as only the region changes."""
    table: Mapping[str, str] = get_global("parent_exceptions")
    pairs = ((likely(child), likely(parent)) for child, parent in table.items())
    return {
        (child.language, child.script, child.region): parent.region
        for child, parent in pairs
        if child is not None
        and parent is not None
        and (child.language, child.script) == (parent.language, parent.script)
        and child.region != parent.region
    }


def _parts(tag: str) -> tuple[str, str, str]:
    language, *rest = tag.split("-")
    script = region = ""
    for place, subtag in enumerate(rest):
        if len(subtag) == 1:
            break
        if place == 0 and len(subtag) == 3 and subtag.isalpha():
            language = subtag
        elif len(subtag) == 4 and subtag.isalpha():
            script = subtag
        elif not region and (len(subtag) == 2 or (len(subtag) == 3 and subtag.isdigit())):
            region = subtag
    return language, script, region


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``, for an element's ``dir``: by the script that the tag names or implies.

    >>> direction("fa-IR"), direction("uz-AF"), direction("ar-Latn")
    ('rtl', 'rtl', 'ltr')
    """
    own = likely(tag)
    return "rtl" if own is not None and own.script in _RIGHT_TO_LEFT else "ltr"


def heritage(tag: str) -> tuple[str, ...]:
    """The tag, then what stands in for it: its parent locales, its shorter forms (RFC 4647 §3.4).

    None of them is in another script: ``zh`` does not stand in for ``zh-TW``.
    """
    return _heritage(tag) if len(tag) <= LONGEST_TAG else (tag,)


@lru_cache(maxsize=4096)
def _heritage(tag: str) -> tuple[str, ...]:
    own = likely(tag)
    first, *shorter = lookup_chain(tag)
    if own is None:
        return (first, *shorter)
    of_region = [short for short in shorter if _parts(short)[2]]
    parents = [f"{own.language}-{region}" for region in own.parents]
    nearest_first = (*of_region, *parents, *shorter[len(of_region) :])
    relatives = ((relative, likely(relative)) for relative in nearest_first)
    return (first, *(tag for tag, is_ in relatives if is_ and is_.script == own.script))
