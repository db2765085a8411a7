"""Which of a tenant's templates serves a type in a language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from carteiro.languages.tags import lookup_chain
from carteiro.model.kinds import TemplateType


class ChoiceReason(StrEnum):
    """How a template was found."""

    EXACT = "exact"
    LOOKUP = "lookup"
    FALLBACK_LANGUAGE = "fallback"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Choice:
    """A stored template and why it is the one."""

    id: str
    tag: str
    type: TemplateType
    reason: ChoiceReason


class TemplateIndex:
    """What a tenant has stored, by language and type; the contents stay where they are."""

    __slots__ = ("_ids",)

    def __init__(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Index ``(id, language tag, type)``; tags are compared without case."""
        self._ids = {(tag.lower(), kind): (id_, tag) for id_, tag, kind in keys}

    def find(self, kind: TemplateType, locale: str, fallback: str) -> Choice | None:
        """The template for a locale (management API §5.6, with the lookup of RFC 4647 §3.4).

        The locale itself, ever shorter forms of it, the fallback language, then ``Generic`` in the
        fallback language.
        """
        exact = ChoiceReason.EXACT
        for tag in lookup_chain(locale):
            if (choice := self._at(tag, kind, exact)) is not None:
                return choice
            exact = ChoiceReason.LOOKUP
        return self._at(fallback, kind, ChoiceReason.FALLBACK_LANGUAGE) or self._at(
            fallback, TemplateType.GENERIC, ChoiceReason.GENERIC
        )

    def _at(self, tag: str, kind: TemplateType, reason: ChoiceReason) -> Choice | None:
        found = self._ids.get((tag.lower(), kind))
        return Choice(found[0], found[1], kind, reason) if found else None
