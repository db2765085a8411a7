"""From what a person asks for to one tag of the tenant's library, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from carteiro.languages.tags import LanguageLibrary, MatchKind

_LONGEST_HEADER = 4096
_MOST_WISHES = 64
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


class LanguageReason(StrEnum):
    """Which wish decided."""

    EXPLICIT = "explicit"
    UI_LOCALES = "ui_locales"
    QUERY = "query"
    ACCEPT_LANGUAGE = "accept_language"
    PROFILE = "profile"
    """The person's own, where nobody asks for one."""
    FALLBACK = "fallback"
    BUILT_IN_DEFAULT = "built_in_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageDecision:
    """One language and why. ``requested`` is the wish that won, as it was written.

    ``unserved`` is the explicit tag that the library does not have.
    """

    tag: str
    reason: LanguageReason
    requested: str | None = None
    match: MatchKind | None = None
    unserved: str | None = None

    @property
    def for_templates(self) -> str:
        """The tag that a template is looked for in: there may be one outside of the library."""
        return self.unserved or self.tag


_BUILT_IN = LanguageDecision(tag="en", reason=LanguageReason.BUILT_IN_DEFAULT)


def negotiate(
    *,
    explicit: str | None = None,
    ui_locales: str | None = None,
    query_locales: Sequence[str] = (),
    accept_language: str | None = None,
    library: LanguageLibrary,
    fallback: str = "en",
    auto_detect: bool = True,
) -> LanguageDecision:
    """Decide (management API §5.4 and §5.5). Never raises.

    An ``explicit`` tag (management calls) is taken as it is where the library can serve it; where
    it cannot, ``fallback`` decides. Without one the first wish that the library can serve wins:
    each of ``ui_locales`` (white space between them), then, with ``auto_detect``,
    ``query_locales`` and ``accept_language`` (the header), then ``fallback``; else ``en``. A wish
    is served by a variety of its language before a later wish is looked at.

    >>> from carteiro import LanguageLibrary, negotiate
    >>> decision = negotiate(accept_language="fr-CA, en;q=0.5", library=LanguageLibrary())
    >>> decision.tag, decision.reason.value, decision.requested
    ('fr', 'accept_language', 'fr-CA')
    """
    if explicit and library.match(explicit):
        return LanguageDecision(
            tag=explicit,
            reason=LanguageReason.EXPLICIT,
            requested=explicit,
            match=MatchKind.AS_GIVEN,
        )
    if explicit:
        default = _first(LanguageReason.FALLBACK, (fallback,), library) or _BUILT_IN
        return replace(default, unserved=explicit)
    for reason, wishes in (
        (LanguageReason.UI_LOCALES, _listed(ui_locales)),
        (LanguageReason.QUERY, query_locales[:_MOST_WISHES] if auto_detect else ()),
        (LanguageReason.ACCEPT_LANGUAGE, _accepted(accept_language if auto_detect else None)),
        (LanguageReason.FALLBACK, (fallback,)),
    ):
        if (decision := _first(reason, wishes, library)) is not None:
            return decision
    return _BUILT_IN


def _first(
    reason: LanguageReason, wishes: Iterable[str], library: LanguageLibrary
) -> LanguageDecision | None:
    for wish in wishes:
        if (match := library.match(wish)) is not None:
            return LanguageDecision(tag=match.tag, reason=reason, requested=wish, match=match.kind)
    return None


def _listed(ui_locales: str | None) -> Sequence[str]:
    return ui_locales[:_LONGEST_HEADER].split()[:_MOST_WISHES] if ui_locales else ()


def _accepted(header: str | None) -> Sequence[str]:
    """The header's tags by weight, those of equal weight in their order."""
    return _ranked(header[:_LONGEST_HEADER]) if header else ()


@lru_cache(maxsize=512)
def _ranked(header: str) -> Sequence[str]:
    # Nearly every browser sends one of a few hundred headers, and each mail asks again.
    return tuple(tag for _, tag in sorted(_weighed(header), key=lambda item: -item[0]))


def _weighed(header: str) -> Iterator[tuple[float, str]]:
    for item in header.split(",", _MOST_WISHES)[:_MOST_WISHES]:
        tag, *parameters = (part.strip() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q" and _NUMBER.fullmatch(value.strip()):
                weight = float(value)
        # RFC 9110 §12.4.2: a weight of zero says "not this one".
        if tag and weight > 0:
            yield weight, tag
