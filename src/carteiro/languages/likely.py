"""Relatives of a language: by likely script and region, parent locale and macro-language (CLDR).

``zh-MO`` is written in traditional characters as ``zh-HK`` is; ``pt`` alone is most likely that of
Brazil, ``pt-AO`` that of Portugal; Norwegian is ``no``, ``nb`` or ``nn``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from langcodes.data_dicts import LIKELY_SUBTAGS, NORMALIZED_MACROLANGUAGES

from carteiro.languages.spelling import LONGEST_TAG, canonical, lookup_chain

_SAME = {**NORMALIZED_MACROLANGUAGES, "nb": "no"}
"""Languages that go by their macro-language's tag, or the other way round."""
_FAMILIES = {
    "nn": "no",
    **dict.fromkeys(("cdo", "cjy", "cpx", "czh", "czo", "gan", "hak", "hsn", "lzh", "mnp"), "zh"),
    **dict.fromkeys(("nan", "wuu", "yue"), "zh"),
}
"""Languages whose readers read another of the same macro-language (ISO 639-3) before any other."""

_LATIN_AMERICA = "AR BO BR BZ CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV US UY VE"
_FROM_PORTUGAL = "AO CH CV FR GQ GW LU MO MZ ST TL"
_PARENTS = {
    ("zh", "Hant", "MO"): "HK",
    **{("es", "Latn", region): "419" for region in _LATIN_AMERICA.split()},
    **{("pt", "Latn", region): "PT" for region in _FROM_PORTUGAL.split()},
}
"""The region that stands in for another one (CLDR's parent locales)."""


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
    def parent(self) -> str | None:
        """The region that stands in for this one."""
        return _PARENTS.get((self.language, self.script, self.region))


def likely(tag: str) -> Likely | None:
    """Language, script and region; ``None`` for what is no tag or names no language."""
    found = canonical(tag)
    if found is None or found == "und" or found.startswith(("und-", "x-")):
        return None
    return _filled_up(found)


@lru_cache(maxsize=4096)
def _filled_up(found: str) -> Likely:
    language, script, region = _parts(found)
    language = _SAME.get(language, language)
    for key in (f"{language}-{script}-{region}", f"{language}-{region}", f"{language}-{script}"):
        if key in LIKELY_SUBTAGS:
            break
    else:
        key = language
    _, likely_script, likely_region = _parts(LIKELY_SUBTAGS.get(key, language))
    return Likely(language, script or likely_script, region or likely_region)


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


def heritage(tag: str) -> tuple[str, ...]:
    """The tag, then what stands in for it: its parent locale and its shorter forms (RFC 4647 §3.4).

    None of them is in another script: ``zh`` does not stand in for ``zh-TW``.
    """
    return _heritage(tag) if len(tag) <= LONGEST_TAG else (tag,)


@lru_cache(maxsize=4096)
def _heritage(tag: str) -> tuple[str, ...]:
    own = likely(tag)
    first, *shorter = lookup_chain(tag)
    if own is None:
        return (first, *shorter)
    parent = [f"{own.language}-{own.parent}"] if own.parent else []
    relatives = ((relative, likely(relative)) for relative in (*parent, *shorter))
    return (first, *(tag for tag, is_ in relatives if is_ and is_.script == own.script))


class Varieties:
    """Languages to choose from, earlier ones first. Every look-up takes the same time."""

    __slots__ = ("_places",)

    def __init__(self, tags: Iterable[str]) -> None:
        self._places: dict[tuple[str, ...], str] = {}
        for tag in tags:
            if (own := likely(tag)) is not None:
                for key in _places(own):
                    self._places.setdefault(key, tag)

    def nearest(self, wish: str) -> str | None:
        """The nearest variety of the wished language, in its script if there is one.

        In order: the same region, the parent locale's, the language's usual one, any; then the same
        of another language with the same macro-language; then in another script.
        """
        own = likely(wish)
        if own is None:
            return None
        found = (self._places.get(key) for key in _wishes(own))
        return next((tag for tag in found if tag is not None), None)


def _places(own: Likely) -> Iterator[tuple[str, ...]]:
    for name in (own.language, f"+{own.family}"):
        yield name, own.script, own.region
        yield name, own.script
        yield (name,)


def _wishes(own: Likely) -> Iterator[tuple[str, ...]]:
    for language, name in ((own.language, own.language), (own.family, f"+{own.family}")):
        yield name, own.script, own.region
        if own.parent is not None:
            yield name, own.script, own.parent
        usual = likely(f"{language}-{own.script}") if own.script else None
        if usual is not None:
            yield name, own.script, usual.region
        yield name, own.script
    family = likely(own.family)
    if family is not None:
        yield f"+{own.family}", family.script, family.region
    yield (f"+{own.family}",)
