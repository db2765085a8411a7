"""`/api/email-templates`."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from carteiro.api.answers import mail
from carteiro.api.answers.shapes import RowCount
from carteiro.api.management.email_templates.schemas import (
    PutTemplates,
    TemplateChanges,
    Type,
    drafts_of,
    template_response,
)
from carteiro.api.management.findings import tell
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import TEMPLATES
from carteiro.flows.administer.mail import templates as flow
from carteiro.flows.administer.mail.unusable import faults_of_row, faults_of_rows

router = ApiRouter(
    tag="Email templates",
    needs=TEMPLATES,
    answers={
        "put_templates": list[mail.EmailTemplate],
        "list_templates": list[mail.EmailTemplate],
        "delete_templates": RowCount,
        "get_template": mail.EmailTemplate,
        "update_details": mail.EmailTemplate,
    },
    shown={
        "update_details": Shown(by="get_template"),
    },
)


@router.put("/email-templates")
async def put_templates(
    caller: Caller, body: PutTemplates, response: Response
) -> list[dict[str, Any]]:
    """Create or replace templates by language and type, all or none.

    Those that show no code or link are named in the header `Carteiro-Findings`.
    """
    drafts = drafts_of(body)
    rows = await flow.put_templates(caller.world, caller.tenant_id, drafts, by=caller.by)
    tell(response, await faults_of_rows(caller.world, rows))
    return [template_response(row) for row in rows]


@router.get("/email-templates")
async def list_templates(
    caller: Caller,
    languageTag: str | None = None,
    templateType: Type | None = None,
) -> list[dict[str, Any]]:
    """Templates by language and type; both filters match exactly."""
    rows = await flow.list_templates(
        caller.world, caller.tenant_id, language_tag=languageTag, template_type=templateType
    )
    return [template_response(row) for row in rows]


@router.delete("/email-templates")
async def delete_templates(
    caller: Caller,
    languageTag: str | None = None,
    templateType: Type | None = None,
) -> dict[str, int]:
    """Delete all templates of a language, of a type, or of both."""
    count = await flow.delete_templates(
        caller.world,
        caller.tenant_id,
        language_tag=languageTag,
        template_type=templateType,
        by=caller.by,
    )
    return {"rowCount": count}


@router.get("/email-templates/{id}")
async def get_template(caller: Caller, id: str) -> dict[str, Any]:
    """One template."""
    return template_response(await flow.get_template(caller.world, caller.tenant_id, id))


@router.delete("/email-templates/{id}", status_code=204, response_class=Response)
async def delete_template(caller: Caller, id: str) -> None:
    """Delete one template."""
    await flow.delete_template(caller.world, caller.tenant_id, id, by=caller.by)


@router.patch("/email-templates/{id}/details")
async def update_details(
    caller: Caller,
    id: str,
    body: TemplateChanges,
    response: Response,
) -> dict[str, Any]:
    """Replace the given members of a template's details; the others stay.

    `Carteiro-Findings` says what is missing from what is stored now.
    """
    changes = body.model_dump(by_alias=True, exclude_none=True)
    row = await flow.update_details(caller.world, caller.tenant_id, id, changes, by=caller.by)
    tell(response, await faults_of_row(caller.world, row))
    return template_response(row)
