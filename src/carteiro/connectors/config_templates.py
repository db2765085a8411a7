"""The ``templates`` in a connector's config: what is sent where the tenant has none of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from carteiro.connectors import form
from carteiro.model.default_templates import default_templates
from carteiro.model.kinds import NOTICES, REQUIRED_USAGE_TYPES, TemplateType, WayOn, brought
from carteiro.model.message import ContentType, TemplateSource
from carteiro.model.wire import Strict

ContentTypeText = Literal["text/plain", "text/html"]
KnownUsageType = Annotated[TemplateType, Field(strict=False)]
_DESCRIPTION = "Used where the tenant has no template of its own."


class ForUsage(Protocol):
    """An entry for one type of message."""

    @property
    def usage_type(self) -> str: ...


class HtmlTemplate(Strict):
    """A template whose content is HTML."""

    model_config = ConfigDict(frozen=True)

    usage_type: str = Field(alias="usageType")
    subject: str
    content: str

    def source(self) -> TemplateSource:
        """The template as the rest of Carteiro reads it."""
        return TemplateSource(
            subject=self.subject, content=self.content, content_type=self._content_type()
        )

    def _content_type(self) -> ContentType:
        return ContentType.HTML


class TypedTemplate(HtmlTemplate):
    """A template that says what its content is."""

    type: ContentTypeText

    def _content_type(self) -> ContentType:
        return ContentType(self.type)


class KnownTemplate(TypedTemplate):
    """A typed template for one of the usage types."""

    usage_type: KnownUsageType = Field(alias="usageType")


class LooselyTypedTemplate(HtmlTemplate):
    """A template for one of the usage types; HTML unless it says otherwise."""

    usage_type: KnownUsageType = Field(alias="usageType")
    type: ContentTypeText | None = None

    def _content_type(self) -> ContentType:
        return ContentType(self.type or ContentType.HTML)


Entry = TypeVar("Entry", bound=ForUsage)
Template = TypeVar("Template", bound=HtmlTemplate)


def entry_for(entries: Sequence[Entry], kind: TemplateType) -> Entry | None:
    """The first entry of the type, else the first ``Generic`` one; for a notice only its own."""
    for wanted in (kind,) if kind in NOTICES else (kind, TemplateType.GENERIC):
        for entry in entries:
            if entry.usage_type == wanted:
                return entry
    return None


def kept_entry_for(
    entries: Sequence[Entry], kind: TemplateType, payload: Mapping[str, Any]
) -> Entry | None:
    """The same where the words are kept at the provider, so that nobody here can read them.

    ``Generic`` is written for a code: it serves no mail that brings a link.
    """
    entry = entry_for(entries, kind)
    if entry is None or entry.usage_type == kind or WayOn.CODE in brought(kind, payload):
        return entry
    return None


def words_in(config: Any) -> Iterator[tuple[tuple[str | int, ...], TemplateType, TemplateSource]]:
    """Every template whose words stand in a connector's config: where, for what, and which."""
    for place, entry in enumerate(getattr(config, "templates", ())):
        if isinstance(entry, HtmlTemplate) and entry.usage_type in set(TemplateType):
            yield ("templates", place), TemplateType(entry.usage_type), entry.source()
    for kind, entry in getattr(config, "deliveries", {}).items():
        if hasattr(entry, "source") and kind in set(TemplateType):
            yield ("deliveries", str(kind)), TemplateType(kind), entry.source()


def source_for(templates: Sequence[HtmlTemplate], kind: TemplateType) -> TemplateSource | None:
    """The same, as the template to compile."""
    found = entry_for(templates, kind)
    return found.source() if found else None


def _covered(entries: list[Entry]) -> list[Entry]:
    given = {entry.usage_type for entry in entries}
    missing = [kind for kind in REQUIRED_USAGE_TYPES if kind not in given]
    if missing:
        raise PydanticCustomError(
            "custom",
            "Template with UsageType ({missing}) should be provided!",
            {"missing": ", ".join(missing)},
        )
    return entries


Covering = Annotated[list[Entry], AfterValidator(_covered)]
"""A list that has an entry for each of the four types that must be there."""


def field(type_key: str | None = "type") -> Any:
    """The field and its line in the form; ``type_key`` is what entries call their content type."""
    return form.json("templates", "Templates", _DESCRIPTION, default=default_templates(type_key))
