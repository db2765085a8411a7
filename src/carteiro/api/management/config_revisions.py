"""Revisions and the draft of a config: the routes that all kinds of connectors have."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import revisions as answers
from carteiro.api.context import Context
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
from carteiro.api.scopes import CONNECTORS, require_own_secrets
from carteiro.flows.administer.mail import config_revisions as flow
from carteiro.flows.administer.mail.comparing import DRAFT_NAME, LIVE_NAME, Side
from carteiro.flows.administer.mail.config_revisions import ConfigRevision
from carteiro.flows.administer.mail.publishing import Line
from carteiro.model.masking import mask
from carteiro.model.page import Page
from carteiro.model.wire import Wire

JsonObject = dict[str, Any]


class SavedConfig(Wire):
    """A config to publish later; a masked secret is the older draft's, or else the live one's."""

    config: JsonObject
    note: Note | None = None


def config_router(root: str, noun: str, line: Line, *, shown_by: str) -> ApiRouter:
    """The routes below ``root``, which has an ``{id}``; ``shown_by`` shows the connector."""
    router = ApiRouter(
        tag="Connectors",
        needs=CONNECTORS,
        answers={
            f"list_{noun}_revisions": list[answers.Revision],
            f"get_{noun}_revision": answers.ConnectorRevision,
            f"compare_{noun}_revisions": answers.Difference,
            f"restore_{noun}_revision": answers.ConnectorRevision,
            f"get_{noun}_draft": answers.ConnectorDraft,
            f"save_{noun}_draft": answers.ConnectorDraft,
            f"publish_{noun}_draft": answers.ConnectorRevision,
        },
        shown={
            f"restore_{noun}_revision": Shown(by=shown_by),
            f"publish_{noun}_draft": Shown(by=f"get_{noun}_draft"),
        },
    )

    @router.get(f"{root}/revisions", name=f"list_{noun}_revisions")
    async def list_revisions(
        caller: Caller, request: Request, response: Response, page: Paged, id: str
    ) -> list[JsonObject]:
        """What was published of the connector's config, newest first."""
        return await _list(caller, line, id, request, response, page)

    @router.get(f"{root}/revisions/{{number}}", name=f"get_{noun}_revision")
    async def get_revision(caller: Caller, id: str, number: Number) -> JsonObject:
        """One revision with its config; its secrets are masked."""
        found = await flow.get_config_revision(caller.world, line, caller.tenant_id, id, number)
        return _revision(found)

    @router.get(f"{root}/diff", name=f"compare_{noun}_revisions")
    async def compare_revisions(
        caller: Caller, id: str, from_: From = LIVE_NAME, to: To = DRAFT_NAME
    ) -> JsonObject:
        """What differs between two revisions, the draft and what is live: word by word.

        Of a secret it is only said that it is another one.
        """
        old, new = Side(from_), Side(to)
        changes = await flow.compare_configs(caller.world, line, caller.tenant_id, id, old, new)
        return {"from": from_, "to": to, **changes_response(changes)}

    @router.post(f"{root}/revisions/{{number}}/restore", name=f"restore_{noun}_revision")
    async def restore_revision(caller: Caller, id: str, number: Number, body: Why) -> JsonObject:
        """Send through an older config again, at once, with the secrets that it had."""
        live = await flow.restore_config(
            caller.world, line, caller.tenant_id, id, number, note=body.note, by=caller.by
        )
        return _revision(live)

    @router.get(f"{root}/draft", name=f"get_{noun}_draft")
    async def get_draft(caller: Caller, id: str) -> JsonObject:
        """The config that may be published next; its secrets are masked."""
        return _draft(await flow.get_config_revision(caller.world, line, caller.tenant_id, id))

    @router.put(f"{root}/draft", name=f"save_{noun}_draft")
    async def save_draft(caller: Caller, id: str, body: SavedConfig) -> JsonObject:
        """Save a config without sending through it, in place of an older draft."""
        require_own_secrets(caller, body.config)
        draft = await flow.save_config_draft(
            caller.world, line, caller.tenant_id, id, body.config, note=body.note, by=caller.by
        )
        return _draft(draft)

    @router.delete(
        f"{root}/draft", status_code=204, response_class=Response, name=f"drop_{noun}_draft"
    )
    async def drop_draft(caller: Caller, id: str) -> None:
        """Do without the draft."""
        await flow.drop_config_draft(caller.world, line, caller.tenant_id, id, by=caller.by)

    @router.post(f"{root}/draft/publish", name=f"publish_{noun}_draft")
    async def publish_draft(caller: Caller, id: str, body: Why) -> JsonObject:
        """Send through the draft from now on. 409 when another config was published since."""
        live = await flow.publish_config_draft(
            caller.world, line, caller.tenant_id, id, note=body.note, by=caller.by
        )
        return _revision(live)

    return router


async def _list(
    caller: Context, line: Line, id: str, request: Request, response: Response, page: Page
) -> list[JsonObject]:
    history = await flow.get_config_history(caller.world, line, caller.tenant_id, id, page)
    tell_total(request, response, page, history.revisions.total)
    return [revision_response(row, history.live) for row in history.revisions.rows]


def _revision(found: ConfigRevision) -> JsonObject:
    return {**revision_response(found.row, found.live), "config": mask(dict(found.config))}


def _draft(found: ConfigRevision) -> JsonObject:
    shown = draft_response(found.row, is_outdated=found.is_outdated)
    return {**shown, "config": mask(dict(found.config))}
