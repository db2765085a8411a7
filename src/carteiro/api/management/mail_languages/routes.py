"""`/api/mail-languages`: what a language lacks, and a start for one that lacks everything."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.api.answers import mail
from carteiro.api.management.email_templates.schemas import LanguageTag, Type
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import TEMPLATES
from carteiro.delivery.coverage import TypeCoverage
from carteiro.flows.administer.mail import completeness as flow
from carteiro.flows.administer.mail import copying
from carteiro.languages.spelling import canonical
from carteiro.model.kinds import TemplateType
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Email templates",
    needs=TEMPLATES,
    answers={
        "list_mail_languages": list[mail.LanguageGaps],
        "get_mail_language": mail.MailLanguage,
        "copy_mail_language": mail.CopiedLanguage,
    },
)


def _well_formed(tag: str) -> str:
    if canonical(tag) is None:
        raise PydanticCustomError("custom", "Expected a BCP 47 language tag.")
    return tag


_Tag = Annotated[LanguageTag, AfterValidator(_well_formed)]


class CopyLanguage(Wire):
    """What to start from."""

    source: LanguageTag | None = Field(
        None, description="A language of the tenant's own; without it, the prebuilt mails."
    )
    template_types: Annotated[list[Type], Field(min_length=1, max_length=len(TemplateType))] = (
        Field(default_factory=lambda: list(TemplateType))
    )
    replace: bool = Field(False, description="Also what is there already.")


@router.get("/mail-languages")
async def list_mail_languages(
    caller: Caller, request: Request, response: Response, page: Paged
) -> list[dict[str, Any]]:
    """The languages of the tenant's templates and texts, and its fallback: what each one lacks.

    `isComplete` is `null` for one that would have taken too long: ask for it alone.
    """
    found = await flow.completeness_of_all(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    return [
        {
            "languageTag": one.language,
            "isComplete": None if one.coverage is None else not one.coverage.lacking,
            "lacking": [_shown(kind) for kind in one.coverage.lacking] if one.coverage else [],
        }
        for one in found.rows
    ]


@router.get("/mail-languages/{languageTag}")
async def get_mail_language(caller: Caller, languageTag: _Tag) -> dict[str, Any]:
    """For each type of mail, whose words people get who want this language, and what is lacking."""
    seen = await flow.completeness(caller.world, caller.tenant_id, languageTag)
    return {
        "languageTag": seen.language,
        "isComplete": not seen.lacking,
        "types": [_shown(one) for one in seen.types],
    }


@router.post("/mail-languages/{languageTag}/copy")
async def copy_mail_language(
    caller: Caller, languageTag: _Tag, body: CopyLanguage
) -> dict[str, Any]:
    """Start a language from another one of the tenant's, or from the prebuilt mails.

    What is there already stays, unless `replace` says otherwise.
    """
    copied = await copying.copy_language(
        caller.world,
        caller.tenant_id,
        languageTag,
        source=body.source,
        types=body.template_types,
        replace=body.replace,
        by=caller.by,
    )
    return {"stored": copied.stored, "kept": copied.kept, "without": copied.without}


def _shown(one: TypeCoverage) -> dict[str, Any]:
    return {
        "templateType": one.type,
        "origin": one.origin,
        "languageTag": one.language,
        "templateId": one.template_id,
        "lack": one.lack,
        "faults": list(one.faults),
    }
