"""One language out of all that was said about it, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carteiro.languages.tags import LanguageLibrary, Match, canonical

_BUILT_IN_DEFAULT = "en"
_CANDIDATES_AT_MOST = 50
"""More wishes than anybody has; a longer header is somebody else's business."""


class Reason(StrEnum):
    """Whose wish was followed."""

    EXPLICIT = "explicit"
    UI_LOCALES = "ui_locales"
    QUERY = "query"
    ACCEPT_LANGUAGE = "accept_language"
    FALLBACK = "fallback"
    BUILT_IN_DEFAULT = "built_in_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageDecision:
    """The language of a mail or page, and how it came about.

    ``requested`` is the wish that was followed, as written; ``match`` tells whether the library has
    that very tag or answers by its base language.
    """

    tag: str
    reason: Reason
    requested: str | None = None
    match: Match = Match.EXACT


def negotiate(
    *,
    explicit: str | None = None,
    ui_locales: str | None = None,
    query_locales: Sequence[str] = (),
    accept_language: str | None = None,
    library: LanguageLibrary,
    fallback: str = _BUILT_IN_DEFAULT,
    auto_detect: bool = True,
) -> LanguageDecision:
    """Decide (management API §5.4 and §5.5). Never raises: what is not a tag is passed over.

    An ``explicit`` tag is the caller's own decision and is taken as it is. Otherwise the first wish
    that the library can answer wins: ``ui_locales`` (separated by blanks), then, if the tenant
    detects languages, the query's and the header's, then the tenant's ``fallback``.
    """
    if explicit:
        return LanguageDecision(
            tag=canonical(explicit) or explicit, reason=Reason.EXPLICIT, requested=explicit
        )
    wishes = _wishes(ui_locales, query_locales, accept_language, auto_detect=auto_detect)
    for wish, reason in (*wishes, (fallback, Reason.FALLBACK)):
        found = library.find(wish)
        if found is not None:
            return LanguageDecision(tag=found.tag, reason=reason, requested=wish, match=found.match)
    return LanguageDecision(tag=_BUILT_IN_DEFAULT, reason=Reason.BUILT_IN_DEFAULT)


def _wishes(
    ui_locales: str | None,
    query_locales: Sequence[str],
    accept_language: str | None,
    *,
    auto_detect: bool,
) -> Iterator[tuple[str, Reason]]:
    yield from (
        (tag, Reason.UI_LOCALES) for tag in (ui_locales or "").split()[:_CANDIDATES_AT_MOST]
    )
    if auto_detect:
        yield from ((tag, Reason.QUERY) for tag in query_locales)
        yield from ((tag, Reason.ACCEPT_LANGUAGE) for tag in accepted(accept_language or ""))


def accepted(header: str) -> Iterable[str]:
    """The tags of an ``Accept-Language`` header, most wanted first (RFC 9110 §12.5.4).

    A weight that is missing or not a number is 1, a tag of weight 0 is not acceptable, ``*`` names
    no language.
    """
    weighted = []
    for entry in header.split(",", _CANDIDATES_AT_MOST)[:_CANDIDATES_AT_MOST]:
        tag, *parameters = (part.strip() for part in entry.split(";"))
        weight = next((_weight(p[2:]) for p in parameters if p[:2].lower() == "q="), 1.0)
        if tag and tag != "*" and weight > 0:
            weighted.append((tag, weight))
    return [tag for tag, _ in sorted(weighted, key=lambda pair: -pair[1])]


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return weight if math.isfinite(weight) else 1.0
