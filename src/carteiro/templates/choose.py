"""Which template serves a type of mail in a language: a tenant's own, else the connector's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from carteiro.errors import TemplateNotFound
from carteiro.languages.tags import fold, lookup_chain
from carteiro.model.kinds import TemplateType


class ChoiceReason(StrEnum):
    """How a template was found, best first."""

    EXACT = "exact"
    LOOKUP = "lookup"
    """A shorter form of the language: ``fr`` for ``fr-CA`` (RFC 4647 §3.4)."""
    FALLBACK_LANGUAGE = "fallback"
    GENERIC = "generic"
    """``Generic`` in the fallback language."""
    CONNECTOR = "connector"
    CONNECTOR_GENERIC = "connector_generic"


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


class TemplateIndex:
    """What a tenant has stored, by language and type; the contents stay where they are.

    A look-up takes the same time with two templates and with thousands.
    """

    __slots__ = ("_as_written", "_folded")

    def __init__(self, keys: Iterable[tuple[str, str, str]] = ()) -> None:
        """Index ``(id, language tag, type)``.

        Two spellings of one tag are the same language; of duplicates the first wins, but for the
        one that is spelled just as it is asked for.
        """
        self._as_written: dict[tuple[str, str], str] = {}
        self._folded: dict[tuple[str, str], tuple[str, str]] = {}
        for id_, tag, kind in keys:
            self._as_written.setdefault((tag, kind), id_)
            self._folded.setdefault((fold(tag), kind), (id_, tag))

    def find(self, kind: TemplateType, locale: str | None, fallback: str) -> Found | None:
        """The template for a language (management API §5.6 with the lookup of RFC 4647 §3.4).

        In order: the language itself, ever shorter forms of it, the fallback language, ``Generic``
        in the fallback language.
        """
        if locale:
            for place, tag in enumerate((locale, *lookup_chain(locale)[1:])):
                reason = ChoiceReason.LOOKUP if place else ChoiceReason.EXACT
                if (found := self._at(tag, kind, reason)) is not None:
                    return found
        return self._at(fallback, kind, ChoiceReason.FALLBACK_LANGUAGE) or self._at(
            fallback, TemplateType.GENERIC, ChoiceReason.GENERIC
        )

    def _at(self, tag: str, kind: TemplateType, reason: ChoiceReason) -> Found | None:
        if (id_ := self._as_written.get((tag, kind))) is not None:
            return Found(id_, tag, kind, reason)
        if (folded := self._folded.get((fold(tag), kind))) is not None:
            return Found(*folded, kind, reason)
        return None


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
    if TemplateType.GENERIC in configured:
        return Choice(None, None, TemplateType.GENERIC, ChoiceReason.CONNECTOR_GENERIC)
    raise TemplateNotFound
