"""Templates on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from carteiro.flows.administer.mail.templates import Draft
from carteiro.model.kinds import TemplateType
from carteiro.model.limits import MAX_ANSWER, MAX_TEMPLATES
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.templates import TemplateRow

LanguageTag = Annotated[str, Field(min_length=1, max_length=16)]
Type = Annotated[TemplateType, Field(strict=False)]


class TemplateDetails(Wire):
    """The words of a template; `{{placeholders}}` may stand in every text."""

    subject: str
    content: str
    content_type: Literal["text/plain", "text/html"] | None = None
    reply_to: str | None = None
    send_from: str | None = None


class TemplateChanges(Wire):
    """The members to replace."""

    subject: str | None = None
    content: str | None = None
    content_type: Literal["text/plain", "text/html"] | None = None
    reply_to: str | None = None
    send_from: str | None = None


class NewTemplate(Wire):
    """A template for one language and one type."""

    language_tag: LanguageTag
    template_type: Type
    details: TemplateDetails

    @property
    def key(self) -> tuple[str, TemplateType]:
        """What there is one template of."""
        return self.language_tag, self.template_type


class PutTemplates(Wire):
    """The templates to create or replace."""

    templates: Annotated[list[NewTemplate], Field(min_length=1, max_length=MAX_TEMPLATES)]

    @model_validator(mode="after")
    def _refuse_long_answer(self) -> PutTemplates:
        """The answer shows for each entry what is stored at last: many may name one long text."""
        stored = {one.key: len(one.details.model_dump_json()) for one in self.templates}
        if sum(stored[one.key] for one in self.templates) > MAX_ANSWER:
            raise PydanticCustomError("custom", "The same template is given too often.")
        return self


def drafts_of(body: PutTemplates) -> list[Draft]:
    """What is to be stored."""
    return [
        Draft(
            language_tag=template.language_tag,
            template_type=template.template_type,
            details=template.details.model_dump(by_alias=True, exclude_none=True),
        )
        for template in body.templates
    ]


def template_response(row: TemplateRow) -> dict[str, Any]:
    """A template as the wire shows it."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "languageTag": row.language_tag,
        "templateType": row.template_type,
        "details": json.loads(row.details),
        "createdAt": row.created_at,
    }
