"""`/api/custom-phrases`: the languages that the tenant has beside the built-in ones."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Body, Response

from carteiro.api.answers import tenant
from carteiro.api.management.findings import WARNING
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import SETTINGS
from carteiro.directory.settings.sign_in_experience import LanguageTag
from carteiro.flows.administer.mail.completeness import warning as language_warning
from carteiro.flows.administer.tenant import languages as flow
from carteiro.storage.tenancy.phrases import PhraseRow

router = ApiRouter(
    tag="Languages",
    needs=SETTINGS,
    answers={
        "list_phrases": list[tenant.CustomPhrases],
        "get_custom_phrases": tenant.CustomPhrases,
        "put_phrases": tenant.CustomPhrases,
    },
)
Translation = Annotated[dict[str, Any], Body(description="Nested texts of the hosted pages.")]


@router.get("/custom-phrases")
async def list_phrases(caller: Caller) -> list[dict[str, Any]]:
    """The tenant's own languages, by tag."""
    return [_shown(row) for row in await flow.list_phrases(caller.world, caller.tenant_id)]


@router.get("/custom-phrases/{languageTag}")
async def get_custom_phrases(caller: Caller, languageTag: LanguageTag) -> dict[str, Any]:
    """One language."""
    return _shown(await flow.get_phrases(caller.world, caller.tenant_id, languageTag))


@router.put("/custom-phrases/{languageTag}", status_code=201)
async def put_phrases(
    caller: Caller,
    response: Response,
    languageTag: LanguageTag,
    translation: Translation,
) -> dict[str, Any]:
    """Add a language to the tenant's library, or replace its texts.

    The header `Carteiro-Warning` says for which mails there are no words in it.
    """
    row = await flow.put_phrases(
        caller.world, caller.tenant_id, languageTag, translation, by=caller.by
    )
    if said := await language_warning(caller.world, caller.tenant_id, row.language_tag):
        response.headers[WARNING] = said
    return _shown(row)


@router.delete("/custom-phrases/{languageTag}", status_code=204, response_class=Response)
async def delete_phrases(caller: Caller, languageTag: LanguageTag) -> None:
    """Take a language out of the library, unless it is the default one."""
    await flow.delete_phrases(caller.world, caller.tenant_id, languageTag, by=caller.by)


def _shown(row: PhraseRow) -> dict[str, Any]:
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "languageTag": row.language_tag,
        "translation": json.loads(row.translation),
    }
