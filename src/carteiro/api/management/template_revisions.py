"""Revisions and drafts of templates: the routes that the tenant's have, and those of overrides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
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
from carteiro.model.owners import Owner
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.templates import HistoryRow
from carteiro.storage.tenancy.templates import NewTemplate as Words

JsonObject = dict[str, Any]


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


def template_router(
    tag: str, root: str, noun: str, whose: Callable[..., Owner | None]
) -> ApiRouter:
    """The routes whose paths begin with ``root``; ``whose`` reads the owner from them.

    ``get_`` and the ``noun`` is the operation that shows a template that is live.
    """
    router = ApiRouter(
        tag=tag,
        needs=TEMPLATES,
        answers={
            f"list_{noun}_histories": list[answers.TemplateHistory],
            f"list_{noun}_revisions": list[answers.Revision],
            f"get_{noun}_revision": answers.TemplateRevision,
            f"compare_{noun}_revisions": answers.Difference,
            f"restore_{noun}_revision": EmailTemplate,
            f"start_{noun}_draft": answers.TemplateDraft,
            f"publish_{noun}_drafts": list[EmailTemplate],
            f"get_{noun}_draft": answers.TemplateDraft,
            f"save_{noun}_draft": answers.TemplateDraft,
            f"publish_{noun}_draft": EmailTemplate,
        },
        shown={
            f"restore_{noun}_revision": Shown(by=f"get_{noun}"),
            f"publish_{noun}_draft": Shown(by=f"get_{noun}_draft"),
        },
    )
    _add_history(router, root, noun, Depends(whose))
    _add_drafts(router, root, noun, Depends(whose))
    return router


def _add_history(router: ApiRouter, root: str, noun: str, needed: Any) -> None:
    """What was published, what differs, and the way back."""
    one = f"{root}templates/{{id}}"

    @router.get(f"{root}template-histories", name=f"list_{noun}_histories")
    async def list_histories(
        caller: Caller,
        request: Request,
        response: Response,
        page: Paged,
        *,
        languageTag: Annotated[LanguageTag | None, Query()] = None,
        templateType: Type | None = None,
        owner: Owner | None = needed,
    ) -> list[JsonObject]:
        """Every template with a history or a draft: live, deleted, or not published yet."""
        found = await flow.list_histories(
            caller.world,
            caller.tenant_id,
            page,
            owner=owner,
            language_tag=languageTag,
            template_type=templateType,
        )
        tell_total(request, response, page, found.total)
        return [_history(row) for row in found.rows]

    @router.get(f"{one}/revisions", name=f"list_{noun}_revisions")
    async def list_revisions(
        caller: Caller,
        request: Request,
        response: Response,
        page: Paged,
        id: str,
        owner: Owner | None = needed,
    ) -> list[JsonObject]:
        """What was published of a template, newest first; also of one that is deleted."""
        history = await flow.get_history(caller.world, caller.tenant_id, id, page, owner=owner)
        tell_total(request, response, page, history.revisions.total)
        live = history.place.revision
        return [revision_response(row, live) for row in history.revisions.rows]

    @router.get(f"{one}/revisions/{{number}}", name=f"get_{noun}_revision")
    async def get_revision(
        caller: Caller, id: str, number: Number, owner: Owner | None = needed
    ) -> JsonObject:
        """One revision with its words; `null` for one that says that the template was deleted."""
        place, row = await flow.get_revision(
            caller.world, caller.tenant_id, id, number, owner=owner
        )
        details = None if row.details is None else json.loads(row.details)
        return {**revision_response(row, place.revision), "details": details}

    @router.get(f"{one}/diff", name=f"compare_{noun}_revisions")
    async def compare_revisions(
        caller: Caller,
        id: str,
        from_: From = LIVE_NAME,
        to: To = DRAFT_NAME,
        owner: Owner | None = needed,
    ) -> JsonObject:
        """What differs between two revisions, the draft and what is live: word by word.

        What cannot be seen is spelled out. Long texts are shown around their changes only.
        """
        old, new = Side(from_), Side(to)
        changes = await flow.compare_revisions(
            caller.world, caller.tenant_id, id, old, new, owner=owner
        )
        return {"from": from_, "to": to, **changes_response(changes)}

    @router.post(f"{one}/revisions/{{number}}/restore", name=f"restore_{noun}_revision")
    async def restore_revision(
        caller: Caller,
        id: str,
        number: Number,
        body: Why,
        response: Response,
        owner: Owner | None = needed,
    ) -> JsonObject:
        """Make the words of an older revision live again, at once, as a new revision."""
        row = await flow.restore_revision(
            caller.world, caller.tenant_id, id, number, owner=owner, note=body.note, by=caller.by
        )
        tell(response, await faults_of_row(caller.world, row))
        return template_response(row)


def _add_drafts(router: ApiRouter, root: str, noun: str, needed: Any) -> None:
    """What is to be published next."""
    one, drafts = f"{root}templates/{{id}}", f"{root}template-drafts"

    @router.post(drafts, status_code=201, name=f"start_{noun}_draft")
    async def start_draft(
        caller: Caller, body: NewDraft, owner: Owner | None = needed
    ) -> JsonObject:
        """Save a draft for a language and a type, whether they have a template or not yet."""
        new = Words(
            language_tag=body.language_tag,
            template_type=body.template_type,
            details=json.dumps(_details(body.details), ensure_ascii=False),
        )
        draft = await flow.start_draft(
            caller.world, caller.tenant_id, new, owner=owner, note=body.note, by=caller.by
        )
        return _draft(draft)

    @router.post(f"{drafts}/publish", name=f"publish_{noun}_drafts")
    async def publish_drafts(
        caller: Caller,
        body: PublishDrafts,
        response: Response,
        owner: Owner | None = needed,
    ) -> list[JsonObject]:
        """Publish the drafts of several templates, all or none: a whole language at once."""
        rows = await flow.publish_drafts(
            caller.world, caller.tenant_id, body.ids, owner=owner, note=body.note, by=caller.by
        )
        tell(response, await faults_of_rows(caller.world, rows))
        return [template_response(row) for row in rows]

    @router.get(f"{one}/draft", name=f"get_{noun}_draft")
    async def get_draft(caller: Caller, id: str, owner: Owner | None = needed) -> JsonObject:
        """The template's draft, which nobody is mailed until it is published."""
        return _draft(await flow.get_draft(caller.world, caller.tenant_id, id, owner=owner))

    @router.put(f"{one}/draft", name=f"save_{noun}_draft")
    async def save_draft(
        caller: Caller, id: str, body: SavedDraft, owner: Owner | None = needed
    ) -> JsonObject:
        """Save the template's draft, in place of an older one."""
        details = _details(body.details)
        draft = await flow.save_draft(
            caller.world, caller.tenant_id, id, details, owner=owner, note=body.note, by=caller.by
        )
        return _draft(draft)

    @router.delete(
        f"{one}/draft", status_code=204, response_class=Response, name=f"drop_{noun}_draft"
    )
    async def drop_draft(caller: Caller, id: str, owner: Owner | None = needed) -> None:
        """Do without the draft."""
        await flow.drop_draft(caller.world, caller.tenant_id, id, owner=owner, by=caller.by)

    @router.post(f"{one}/draft/publish", name=f"publish_{noun}_draft")
    async def publish_draft(
        caller: Caller, id: str, body: Why, response: Response, owner: Owner | None = needed
    ) -> JsonObject:
        """Make the draft live, at once. 409 when something was published after it was saved."""
        (row,) = await flow.publish_drafts(
            caller.world, caller.tenant_id, [id], owner=owner, note=body.note, by=caller.by
        )
        tell(response, await faults_of_row(caller.world, row))
        return template_response(row)


def _history(row: HistoryRow) -> JsonObject:
    return {
        "id": row.id,
        "languageTag": row.language_tag,
        "templateType": row.template_type,
        "liveRevision": row.revision,
        "latestRevision": row.latest or None,
        "hasDraft": row.has_draft,
    }


def _details(given: TemplateDetails) -> JsonObject:
    return given.model_dump(by_alias=True, exclude_none=True)


def _draft(draft: TemplateDraft) -> JsonObject:
    place, content = draft.place, draft.content
    return {
        "id": place.id,
        "languageTag": place.language_tag,
        "templateType": place.template_type,
        "details": json.loads(content.details or "{}"),
        **draft_response(content, is_outdated=draft.is_outdated),
    }
