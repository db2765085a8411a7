"""Which template serves a type of mail in a language: a tenant's own, else the connector's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carteiro.errors import TemplateNotFound
from carteiro.languages.likely import heritage
from carteiro.languages.spelling import LONGEST_TAG, fold
from carteiro.languages.varieties import Varieties
from carteiro.model.kinds import NOTICES, TemplateType

_ANSWERS_AT_MOST = 1024


class ChoiceReason(StrEnum):
    """How a template was found, best first."""

    EXACT = "exact"
    LOOKUP = "lookup"
    """What stands in for it: ``fr`` for ``fr-CA`` (RFC 4647 §3.4), ``pt-PT`` for ``pt-AO``."""
    VARIETY = "variety"
    """Another variety of the language: ``pt-BR`` for ``pt``, ``zh-TW`` for ``zh-HK``."""
    FALLBACK_LANGUAGE = "fallback"
    GENERIC = "generic"
    """``Generic`` in the fallback language."""
    CONNECTOR = "connector"
    CONNECTOR_GENERIC = "connector_generic"


_SPOKEN = {ChoiceReason.EXACT, ChoiceReason.LOOKUP, ChoiceReason.VARIETY}
"""The template is in the language that was asked for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A template and why it is the one. ``id`` and ``tag`` are ``None`` for the connector's."""

    id: str | None
    tag: str | None
    type: TemplateType
    reason: ChoiceReason


@dataclass(frozen=True, slots=True)
class Found(Choice):
    """A stored template."""

    id: str
    tag: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored template and the level that it is of, counted from the nearest."""

    level: int
    found: Found


class TemplateIndex:
    """What a tenant has stored, by language and type; the contents stay where they are.

    A look-up takes the same time with two templates and with thousands.
    """

    __slots__ = ("_answers", "_as_written", "_folded", "_tags", "_varieties")

    def __init__(self, keys: Iterable[tuple[str, str, str]] = ()) -> None:
        """Index ``(id, language tag, type)``.

        Two spellings of one tag are the same language; of duplicates the first wins, but for the
        one that is spelled just as it is asked for.
        """
        self._as_written: dict[tuple[str, str], str] = {}
        self._folded: dict[tuple[str, str], tuple[str, str]] = {}
        self._answers: dict[tuple[str, str | None, str], Found | None] = {}
        self._tags: dict[str, list[str]] = {}
        self._varieties: dict[str, Varieties] = {}
        for id_, tag, kind in keys:
            self._tags.setdefault(kind, []).append(tag)
            self._as_written.setdefault((tag, kind), id_)
            self._folded.setdefault((fold(tag), kind), (id_, tag))

    def find(self, kind: TemplateType, locale: str | None, fallback: str) -> Found | None:
        """The template for a language (management API §5.6 with the lookup of RFC 4647 §3.4).

        In order: the language itself, what stands in for it, another variety of it, the fallback
        language, ``Generic`` in the fallback language unless a notice is asked for.
        """
        if locale is not None and len(locale) > LONGEST_TAG:
            locale = None
        asked = (kind, locale, fallback)
        if asked not in self._answers:
            if len(self._answers) >= _ANSWERS_AT_MOST:
                self._answers.clear()
            self._answers[asked] = self._find(kind, locale, fallback)
        return self._answers[asked]

    def _find(self, kind: TemplateType, locale: str | None, fallback: str) -> Found | None:
        if locale and kind in self._tags:
            for place, tag in enumerate((locale, *heritage(locale)[1:])):
                reason = ChoiceReason.LOOKUP if place else ChoiceReason.EXACT
                if (found := self._at(tag, kind, reason)) is not None:
                    return found
            if (variety := self._nearest(kind, locale)) is not None:
                return self._at(variety, kind, ChoiceReason.VARIETY)
        found = self._at(fallback, kind, ChoiceReason.FALLBACK_LANGUAGE)
        if found is not None or kind in NOTICES:
            return found
        return self._at(fallback, TemplateType.GENERIC, ChoiceReason.GENERIC)

    def _nearest(self, kind: TemplateType, locale: str) -> str | None:
        if kind not in self._varieties:
            self._varieties[kind] = Varieties(self._tags[kind])
        return self._varieties[kind].nearest(locale)

    def _at(self, tag: str, kind: TemplateType, reason: ChoiceReason) -> Found | None:
        if (id_ := self._as_written.get((tag, kind))) is not None:
            return Found(id_, tag, kind, reason)
        if (folded := self._folded.get((fold(tag), kind))) is not None:
            return Found(*folded, kind, reason)
        return None


def over_levels(
    levels: Sequence[TemplateIndex], kind: TemplateType, locale: str | None, fallback: str
) -> tuple[Placed, ...]:
    """The templates for a language over several levels, the nearest first; the last is the tenant.

    First the language, then the level, then the type: whoever reads Portuguese gets the tenant's
    Portuguese and not an organization's English, which comes after it. A nearer level's
    ``Generic`` stands in for each type but a notice, in every language; the tenant's does so in
    the fallback language alone, as without levels.
    """
    spoken, others = list[Placed](), list[Placed]()
    for level, index in enumerate(levels):
        kinds = [kind]
        if level < len(levels) - 1 and kind not in NOTICES:
            kinds.append(TemplateType.GENERIC)
        for one in kinds:
            if (found := index.find(one, locale, fallback)) is not None:
                (spoken if found.reason in _SPOKEN else others).append(Placed(level, found))
    return (*spoken, *others)


def choose(
    kind: TemplateType,
    *,
    locale: str | None = None,
    fallback: str = "en",
    index: TemplateIndex,
    configured: Collection[str] = (),
) -> Choice:
    """Choose among a tenant's templates, then among the connector's ``configured`` types.

    Any of the tenant's beats all of the connector's. Raises ``TemplateNotFound``.
    """
    if (found := index.find(kind, locale, fallback)) is not None:
        return found
    if kind in configured:
        return Choice(None, None, kind, ChoiceReason.CONNECTOR)
    if TemplateType.GENERIC in configured and kind not in NOTICES:
        return Choice(None, None, TemplateType.GENERIC, ChoiceReason.CONNECTOR_GENERIC)
    raise TemplateNotFound
