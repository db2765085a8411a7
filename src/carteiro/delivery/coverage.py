"""Whether there are words for every mail in a language, looked up as ``compose`` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import TemplateSupport
from carteiro.errors import InvalidTemplate
from carteiro.languages.likely import heritage
from carteiro.languages.spelling import fold
from carteiro.languages.varieties import Varieties
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates import builtin
from carteiro.templates.checks.usable import unusable
from carteiro.templates.choose import ChoiceReason, Found, TemplateIndex
from carteiro.templates.compiled import compile_template


class Origin(StrEnum):
    """Whose words a mail has."""

    OWN = "own"
    """A template of the tenant's."""
    GENERIC = "generic"
    """The tenant's template for any reason."""
    CONNECTOR = "connector"
    """The connector's config, which is in the fallback language."""
    PREBUILT = "prebuilt"
    """What Carteiro ships."""
    PROVIDER = "provider"
    """They are kept at the provider: nobody here can tell."""
    NONE = "none"


class Lack(StrEnum):
    """Why a type of mail is not complete in a language."""

    NO_WORDS = "no_words"
    """It cannot be sent at all."""
    OTHER_LANGUAGE = "other_language"
    """It is sent in another language."""
    UNUSABLE = "unusable"
    """The template cannot be compiled, or does not show what the mail is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCoverage:
    """One type of mail in a language; ``language`` is the one that it would have."""

    type: TemplateType
    origin: Origin
    language: str | None = None
    template_id: str | None = None
    lack: Lack | None = None
    faults: Sequence[str] = ()
    """What is wrong with an unusable one, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A language, type by type."""

    language: str
    types: Sequence[TypeCoverage]

    @property
    def lacking(self) -> list[TypeCoverage]:
        """What stands in the way of calling it complete."""
        return [one for one in self.types if one.lack is not None]

    @property
    def words(self) -> str:
        """What is lacking, in one sentence of ASCII."""
        return (
            f"The language {self.language} is not complete: "
            f"{', '.join(f'{one.type} ({one.lack})' for one in self.lacking)}."
        )


def found_for(index: TemplateIndex, language: str, fallback: str) -> dict[TemplateType, Found]:
    """The tenant's own template of each type that has one for the language."""
    wanted = ((kind, index.find(kind, language, fallback)) for kind in TemplateType)
    return {kind: found for kind, found in wanted if found is not None}


def coverage(
    language: str,
    *,
    fallback: str,
    connector: Connector | None,
    found: Mapping[TemplateType, Found],
    sources: Mapping[str, TemplateSource],
) -> Coverage:
    """Look at every type. ``sources`` are the templates that were ``found``, by their ids.

    Without a ``connector`` that works, as for one that has no words of its own.
    """
    here = _Here(language, fallback, connector, found, sources)
    return Coverage(language=language, types=[here.covered(kind) for kind in TemplateType])


def speaks(tag: str, language: str) -> bool:
    """Whether a text in ``tag`` is one for readers of ``language``."""
    if fold(tag) in {fold(one) for one in heritage(language)}:
        return True
    return Varieties((tag,)).nearest(language) is not None


@dataclass(frozen=True, slots=True)
class _Here:
    language: str
    fallback: str
    connector: Connector | None
    found: Mapping[TemplateType, Found]
    sources: Mapping[str, TemplateSource]

    def covered(self, kind: TemplateType) -> TypeCoverage:
        support = TemplateSupport.OWN
        if self.connector is not None:
            support = self.connector.capabilities.templates
        if support is TemplateSupport.PROVIDER:
            return TypeCoverage(type=kind, origin=Origin.PROVIDER)
        if support is TemplateSupport.PREBUILT and kind not in NOTICES:
            return self._prebuilt(kind)
        return next(self._ways(kind))

    def _ways(self, kind: TemplateType) -> Iterator[TypeCoverage]:
        """In the order of ``compose``: what it passes over is not here."""
        found = self.found.get(kind)
        if found is not None and not self._passed_over(kind, found):
            yield self._own(kind, found)
        source = None if self.connector is None else self.connector.template(kind)
        if source is not None:
            yield self._judged(
                TypeCoverage(type=kind, origin=Origin.CONNECTOR, language=self.fallback), source
            )
        if kind in NOTICES:
            yield self._prebuilt(kind)
        yield TypeCoverage(type=kind, origin=Origin.NONE, lack=Lack.NO_WORDS)

    def _passed_over(self, kind: TemplateType, found: Found) -> bool:
        """Whether it is left for the next way: none but these are, whatever they lack."""
        if found.reason is not ChoiceReason.GENERIC and kind not in NOTICES:
            return False
        try:
            return not compile_template(self.sources[found.id]).serves(kind, {})
        except InvalidTemplate:
            return False

    def _own(self, kind: TemplateType, found: Found) -> TypeCoverage:
        generic = found.reason is ChoiceReason.GENERIC
        one = TypeCoverage(
            type=kind,
            origin=Origin.GENERIC if generic else Origin.OWN,
            language=found.tag,
            template_id=found.id,
        )
        return self._judged(one, self.sources[found.id])

    def _judged(self, one: TypeCoverage, source: TemplateSource) -> TypeCoverage:
        faults = [] if source.provider_template else unusable(source, one.type)
        lack = Lack.UNUSABLE if faults else self._otherwise(one.language)
        return TypeCoverage(
            type=one.type,
            origin=one.origin,
            language=one.language,
            template_id=one.template_id,
            lack=lack,
            faults=[fault.message for fault in faults],
        )

    def _prebuilt(self, kind: TemplateType) -> TypeCoverage:
        tag = builtin.nearest(self.language, self.fallback)
        lack = self._otherwise(tag)
        return TypeCoverage(type=kind, origin=Origin.PREBUILT, language=tag, lack=lack)

    def _otherwise(self, tag: str | None) -> Lack | None:
        if tag is None or speaks(tag, self.language):
            return None
        return Lack.OTHER_LANGUAGE
