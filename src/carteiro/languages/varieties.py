"""Which of several languages is nearest to a wished one (CLDR's language matching, made a look-up).

Another language than the wished one is no answer, however near it is: ``ca`` does not find ``es``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from langcodes.language_distance import AMERICAS, CNSAR, MAGHREB, US

from carteiro.languages.likely import Likely, likely


class Nearness(IntEnum):
    """What a found variety shares with the wish, nearest first."""

    REGION = 0
    PARENT = 1
    """The region that stands in for the wished one."""
    SCRIPT = 2
    FAMILY = 3
    """A language of the same macro-language, in the same script."""
    LANGUAGE = 4
    """The language in another script."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A language of those to choose from."""

    tag: str
    nearness: Nearness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Halves:
    """How a language's regions fall into two, and which of each half speaks for it."""

    inner: frozenset[str]
    inner_first: str = ""
    outer_first: str = ""


_HALVES = {
    ("ar", "Arab"): _Halves(inner=frozenset(MAGHREB)),
    ("en", "Latn"): _Halves(inner=frozenset(US), inner_first="US", outer_first="GB"),
    ("es", "Latn"): _Halves(inner=frozenset(AMERICAS), inner_first="419", outer_first="ES"),
    ("pt", "Latn"): _Halves(inner=frozenset(AMERICAS), inner_first="BR", outer_first="PT"),
    ("zh", "Hant"): _Halves(inner=frozenset(CNSAR), inner_first="HK", outer_first="TW"),
}
_INNER, _OUTER = "inner", "outer"
_Key = tuple[str, ...]


class Varieties:
    """Languages to choose from, earlier ones first. Every look-up takes the same time."""

    __slots__ = ("_places",)

    def __init__(self, tags: Iterable[str]) -> None:
        self._places: dict[_Key, str] = {}
        for tag in tags:
            if (own := likely(tag)) is not None:
                for key in _places(own):
                    self._places.setdefault(key, tag)

    def nearest(self, wish: str) -> str | None:
        """The nearest variety of the wished language, in its script if there is one."""
        found = self.find(wish)
        return None if found is None else found.tag

    def find(self, wish: str) -> Nearest | None:
        """The same, and how near it is.

        In order: the same region, a parent locale's, the one that speaks for its half of the
        regions (``GB`` for ``en-AU``), any of that half, the language's usual one, any; then the
        same of another language with the same macro-language; then in another script, the
        language's usual one first.
        """
        own = likely(wish)
        if own is None:
            return None
        found = ((self._places.get(key), nearness) for key, nearness in _wishes(own))
        return next((Nearest(tag, nearness) for tag, nearness in found if tag is not None), None)


def _places(own: Likely) -> Iterator[_Key]:
    for name in (own.language, f"+{own.family}"):
        yield name, own.script, own.region
        if (half := _half(own)) is not None:
            yield name, own.script, half
        yield name, own.script
        yield (name,)


def _wishes(own: Likely) -> Iterator[tuple[_Key, Nearness]]:
    yield (own.language, own.script, own.region), Nearness.REGION
    for region in own.parents:
        yield (own.language, own.script, region), Nearness.PARENT
    for key in _in_script(own.language, own):
        yield key, Nearness.SCRIPT
    family = f"+{own.family}"
    for region in (own.region, *own.parents):
        yield (family, own.script, region), Nearness.FAMILY
    for key in _in_script(family, own):
        yield key, Nearness.FAMILY
    usual = likely(own.language) or own
    # Whoever reads one script of Chinese makes out the other.
    for name in (own.language, family) if own.family == "zh" else (own.language,):
        yield (name, usual.script, usual.region), Nearness.LANGUAGE
        yield (name, usual.script), Nearness.LANGUAGE
        yield (name,), Nearness.LANGUAGE


def _in_script(name: str, own: Likely) -> Iterator[_Key]:
    halves, half = _HALVES.get((own.language, own.script)), _half(own)
    if halves is not None and half is not None:
        yield name, own.script, halves.inner_first if half == _INNER else halves.outer_first
        yield name, own.script, half
    usual = likely(f"{own.family}-{own.script}") if own.script else None
    if usual is not None:
        yield name, own.script, usual.region
    yield name, own.script


def _half(own: Likely) -> str | None:
    halves = _HALVES.get((own.language, own.script))
    if halves is None:
        return None
    return _INNER if own.region in halves.inner else _OUTER
