"""Previews on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.api.management.email_templates.schemas import TemplateDetails, Type
from carteiro.delivery.previews import Preview
from carteiro.delivery.workspaces.workspace import source_of
from carteiro.flows.administer.mail.preview import Wish
from carteiro.languages.spelling import LONGEST_TAG
from carteiro.model.addresses import Mailbox
from carteiro.model.limits import MAX_OWN_DATA
from carteiro.model.wire import Wire
from carteiro.templates.samples import Sample

_Id = Annotated[str, Field(min_length=1, max_length=128)]


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value, ensure_ascii=False)) > MAX_OWN_DATA:
        fault = f"At most {MAX_OWN_DATA:,} characters of JSON."
        raise PydanticCustomError("custom", "{fault}", {"fault": fault})
    return value


class PreviewWish(Wire):
    """The mail to look at."""

    template_type: Type
    language_tag: Annotated[str, Field(min_length=1, max_length=LONGEST_TAG)] | None = Field(
        None, description="Without it the person's own, else the fallback language."
    )
    application_id: _Id | None = None
    organization_id: _Id | None = None
    user_id: _Id | None = Field(None, description="Whom the mail is for.")
    sample: Annotated[Sample, Field(strict=False)] = Field(
        Sample.RICH, description="The values that are not given: many, few or none."
    )
    data: Annotated[dict[str, Any], AfterValidator(_bounded)] = Field(
        default_factory=dict, description="Values that win over the sample's; never a `code`."
    )
    template: TemplateDetails | None = Field(
        None, description="Words that are stored nowhere, to be used in place of those that are."
    )
    draft_of: _Id | None = Field(
        None,
        description="A template's id: its draft is used in place of what is stored, "
        "in the draft's language where no other is asked for.",
    )

    def wish(self) -> Wish:
        """The same for the flow."""
        template = self.template and self.template.model_dump(by_alias=True, exclude_none=True)
        return Wish(
            type=self.template_type,
            language=self.language_tag,
            application_id=self.application_id,
            organization_id=self.organization_id,
            user_id=self.user_id,
            sample=self.sample,
            data=self.data,
            template=source_of(template) if template else None,
            draft_of=self.draft_of,
        )


def preview_response(shown: Preview) -> dict[str, Any]:
    """A preview as the wire shows it."""
    content = shown.content
    return {
        "templateType": shown.type,
        "languageTag": shown.decision.for_templates,
        "languageReason": shown.decision.reason,
        "template": shown.template,
        "isServed": shown.serves,
        "to": str(shown.to),
        "sender": _mailbox(shown.sender),
        "replyTo": _mailbox(shown.reply_to),
        "subject": None if content is None else content.subject,
        "html": None if content is None else content.html,
        "text": None if content is None else content.text,
        "providerTemplate": None if content is None else content.provider_template,
        "headers": [{"name": name, "value": value} for name, value in shown.headers],
        "isExact": shown.is_exact,
        "payload": dict(shown.payload),
        "missing": [{"variable": gap.variable, "shown": gap.shown} for gap in shown.missing],
        "unused": list(shown.unused),
    }


def _mailbox(mailbox: Mailbox | None) -> dict[str, Any] | None:
    return None if mailbox is None else {"address": str(mailbox.address), "name": mailbox.name}
