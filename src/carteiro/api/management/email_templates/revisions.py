"""`/api/email-templates/{id}/revisions` and `…/draft`: nothing that was live is lost."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from carteiro.api.answers import revisions as answers
from carteiro.api.answers.mail import EmailTemplate
from carteiro.api.management.email_templates.schemas import (
    LanguageTag,
    NewTemplate,
    TemplateDetails,
    Type,
    template_response,
)
from carteiro.api.management.findings import tell
from carteiro.api.management.revisions import (
    From,
    Note,
    Number,
    To,
    Why,
    changes_response,
    draft_response,
    revision_response,
)
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import TEMPLATES
from carteiro.flows.administer.mail import revisions as flow
from carteiro.flows.administer.mail.comparing import DRAFT_NAME, LIVE_NAME, Side
from carteiro.flows.administer.mail.revisions import TemplateDraft
from carteiro.flows.administer.mail.unusable import faults_of_row, faults_of_rows
from carteiro.model.limits import MAX_TEMPLATES
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.templates import NewTemplate as Words

router = ApiRouter(
    tag="Email templates",
    needs=TEMPLATES,
    answers={
        "list_template_histories": list[answers.TemplateHistory],
        "list_template_revisions": list[answers.Revision],
        "get_template_revision": answers.TemplateRevision,
        "compare_template_revisions": answers.Difference,
        "restore_template_revision": EmailTemplate,
        "start_template_draft": answers.TemplateDraft,
        "publish_template_drafts": list[EmailTemplate],
        "get_template_draft": answers.TemplateDraft,
        "save_template_draft": answers.TemplateDraft,
        "publish_template_draft": EmailTemplate,
    },
    shown={
        "restore_template_revision": Shown(by="get_template"),
        "publish_template_draft": Shown(by="get_template_draft"),
    },
)


class SavedDraft(Wire):
    """Words to publish later."""

    details: TemplateDetails
    note: Note | None = None


class NewDraft(NewTemplate):
    """Words to publish later, for a language and a type."""

    note: Note | None = None


class PublishDrafts(Wire):
    """The templates whose drafts are published together."""

    ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=21)]],
        Field(min_length=1, max_length=MAX_TEMPLATES),
    ]
    note: Note | None = None


@router.get("/email-template-histories")
async def list_template_histories(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    languageTag: Annotated[LanguageTag | None, Query()] = None,
    templateType: Type | None = None,
) -> list[dict[str, Any]]:
    """Every template with a history or a draft: live, deleted, or not published yet."""
    found = await flow.list_histories(
        caller.world,
        caller.tenant_id,
        page,
        language_tag=languageTag,
        template_type=templateType,
    )
    tell_total(request, response, page, found.total)
    return [
        {
            "id": row.id,
            "languageTag": row.language_tag,
            "templateType": row.template_type,
            "liveRevision": row.revision,
            "latestRevision": row.latest or None,
            "hasDraft": row.has_draft,
        }
        for row in found.rows
    ]


@router.get("/email-templates/{id}/revisions")
async def list_template_revisions(
    caller: Caller, request: Request, response: Response, page: Paged, id: str
) -> list[dict[str, Any]]:
    """What was published of a template, newest first; also of one that is deleted."""
    history = await flow.get_history(caller.world, caller.tenant_id, id, page)
    tell_total(request, response, page, history.revisions.total)
    live = history.place.revision
    return [revision_response(row, live) for row in history.revisions.rows]


@router.get("/email-templates/{id}/revisions/{number}")
async def get_template_revision(caller: Caller, id: str, number: Number) -> dict[str, Any]:
    """One revision with its words; `null` for one that says that the template was deleted."""
    place, row = await flow.get_revision(caller.world, caller.tenant_id, id, number)
    details = None if row.details is None else json.loads(row.details)
    return {**revision_response(row, place.revision), "details": details}


@router.get("/email-templates/{id}/diff")
async def compare_template_revisions(
    caller: Caller, id: str, from_: From = LIVE_NAME, to: To = DRAFT_NAME
) -> dict[str, Any]:
    """What differs between two revisions, the draft and what is live: word by word.

    What cannot be seen is spelled out. Long texts are shown around their changes only.
    """
    changes = await flow.compare_revisions(
        caller.world, caller.tenant_id, id, Side(from_), Side(to)
    )
    return {"from": from_, "to": to, **changes_response(changes)}


@router.post("/email-templates/{id}/revisions/{number}/restore")
async def restore_template_revision(
    caller: Caller, id: str, number: Number, body: Why, response: Response
) -> dict[str, Any]:
    """Make the words of an older revision live again, at once, as a new revision."""
    row = await flow.restore_revision(
        caller.world, caller.tenant_id, id, number, note=body.note, by=caller.by
    )
    tell(response, await faults_of_row(caller.world, row))
    return template_response(row)


@router.post("/email-template-drafts", status_code=201)
async def start_template_draft(caller: Caller, body: NewDraft) -> dict[str, Any]:
    """Save a draft for a language and a type, whether they have a template or not yet."""
    new = Words(
        language_tag=body.language_tag,
        template_type=body.template_type,
        details=json.dumps(_details(body.details), ensure_ascii=False),
    )
    draft = await flow.start_draft(
        caller.world, caller.tenant_id, new, note=body.note, by=caller.by
    )
    return _draft(draft)


@router.post("/email-template-drafts/publish")
async def publish_template_drafts(
    caller: Caller, body: PublishDrafts, response: Response
) -> list[dict[str, Any]]:
    """Publish the drafts of several templates, all or none: a whole language at once."""
    rows = await flow.publish_drafts(
        caller.world, caller.tenant_id, body.ids, note=body.note, by=caller.by
    )
    tell(response, await faults_of_rows(caller.world, rows))
    return [template_response(row) for row in rows]


@router.get("/email-templates/{id}/draft")
async def get_template_draft(caller: Caller, id: str) -> dict[str, Any]:
    """The template's draft, which nobody is mailed until it is published."""
    return _draft(await flow.get_draft(caller.world, caller.tenant_id, id))


@router.put("/email-templates/{id}/draft")
async def save_template_draft(caller: Caller, id: str, body: SavedDraft) -> dict[str, Any]:
    """Save the template's draft, in place of an older one."""
    draft = await flow.save_draft(
        caller.world,
        caller.tenant_id,
        id,
        _details(body.details),
        note=body.note,
        by=caller.by,
    )
    return _draft(draft)


@router.delete("/email-templates/{id}/draft", status_code=204, response_class=Response)
async def drop_template_draft(caller: Caller, id: str) -> None:
    """Do without the draft."""
    await flow.drop_draft(caller.world, caller.tenant_id, id, by=caller.by)


@router.post("/email-templates/{id}/draft/publish")
async def publish_template_draft(
    caller: Caller, id: str, body: Why, response: Response
) -> dict[str, Any]:
    """Make the draft live, at once. 409 when something was published after it was saved."""
    (row,) = await flow.publish_drafts(
        caller.world, caller.tenant_id, [id], note=body.note, by=caller.by
    )
    tell(response, await faults_of_row(caller.world, row))
    return template_response(row)


def _details(given: TemplateDetails) -> dict[str, Any]:
    return given.model_dump(by_alias=True, exclude_none=True)


def _draft(draft: TemplateDraft) -> dict[str, Any]:
    place, content = draft.place, draft.content
    return {
        "id": place.id,
        "languageTag": place.language_tag,
        "templateType": place.template_type,
        "details": json.loads(content.details or "{}"),
        **draft_response(content, is_outdated=draft.is_outdated),
    }
