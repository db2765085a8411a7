"""`/api/overrides`: templates and the sender of one organization or one application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import mail
from carteiro.api.management.email_templates.schemas import (
    PutTemplates,
    drafts_of,
    template_response,
)
from carteiro.api.management.findings import tell
from carteiro.api.management.overrides.schemas import Owners, override_response, owner_of
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CONNECTORS, TEMPLATES, has
from carteiro.directory.settings.mail_override import SenderUpdate
from carteiro.flows.administer.mail import overrides as flow
from carteiro.flows.administer.mail import templates as words
from carteiro.flows.administer.mail.overrides import Sender
from carteiro.flows.administer.mail.unusable import faults_of_rows
from carteiro.model.management import ManagementScope as Scope

_TEMPLATES = "/overrides/{owners}/{owner_id}/templates"
router = ApiRouter(
    tag="Overrides",
    needs=CONNECTORS,
    but={_TEMPLATES: TEMPLATES, f"{_TEMPLATES}/{{id}}": TEMPLATES},
    answers={
        "list_overrides": list[mail.Override],
        "get_override": mail.Override,
        "put_override": mail.Override,
        "list_override_templates": list[mail.EmailTemplate],
        "get_override_template": mail.EmailTemplate,
        "put_override_templates": list[mail.EmailTemplate],
    },
    shown={"put_override_templates": Shown(by="list_override_templates")},
)


@router.get("/overrides")
async def list_overrides(
    caller: Caller, request: Request, response: Response, page: Paged
) -> list[dict[str, Any]]:
    """Which organizations and applications have an override, the oldest first."""
    found = await flow.find_overrides(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    return [override_response(row) for row in found.rows]


@router.get("/overrides/{owners}/{owner_id}")
async def get_override(caller: Caller, owners: Owners, owner_id: str) -> dict[str, Any]:
    """The sender of an organization or an application."""
    owner = owner_of(owners, owner_id)
    return override_response(await flow.get_override(caller.world, caller.tenant_id, owner))


@router.put("/overrides/{owners}/{owner_id}")
async def put_override(
    caller: Caller, owners: Owners, owner_id: str, body: SenderUpdate
) -> dict[str, Any]:
    """Set who the mails of an organization or an application are from; its templates stay."""
    sender = Sender(
        connector_id=body.connector_id, from_name=body.from_name, reply_to=body.reply_to
    )
    owner = owner_of(owners, owner_id)
    row = await flow.put_sender(caller.world, caller.tenant_id, owner, sender, by=caller.by)
    return override_response(row)


@router.delete("/overrides/{owners}/{owner_id}", status_code=204, response_class=Response)
async def delete_override(caller: Caller, owners: Owners, owner_id: str) -> None:
    """Send as the next level does: the templates go, too; of them the history stays.

    Where there are some, this needs `templates:write`, too.
    """
    owner = owner_of(owners, owner_id)
    await flow.delete_override(
        caller.world,
        caller.tenant_id,
        owner,
        with_templates=has(caller, Scope.TEMPLATES_WRITE),
        by=caller.by,
    )


@router.get(_TEMPLATES)
async def list_override_templates(
    caller: Caller, owners: Owners, owner_id: str
) -> Sequence[dict[str, Any]]:
    """The templates of an organization or an application, by language and type."""
    owner = owner_of(owners, owner_id)
    rows = await words.list_templates(caller.world, caller.tenant_id, owner=owner)
    return [template_response(row) for row in rows]


@router.put(_TEMPLATES)
async def put_override_templates(
    caller: Caller, owners: Owners, owner_id: str, body: PutTemplates, response: Response
) -> Sequence[dict[str, Any]]:
    """Create or replace templates by language and type, all or none.

    Those that show no code or link are named in the header `Carteiro-Findings`; they are passed
    over.
    """
    owner = owner_of(owners, owner_id)
    rows = await words.put_templates(
        caller.world, caller.tenant_id, drafts_of(body), owner=owner, by=caller.by
    )
    tell(response, await faults_of_rows(caller.world, rows))
    return [template_response(row) for row in rows]


@router.get(f"{_TEMPLATES}/{{id}}")
async def get_override_template(
    caller: Caller, owners: Owners, owner_id: str, id: str
) -> dict[str, Any]:
    """One template of an organization or an application."""
    owner = owner_of(owners, owner_id)
    return template_response(
        await words.get_template(caller.world, caller.tenant_id, id, owner=owner)
    )


@router.delete(f"{_TEMPLATES}/{{id}}", status_code=204, response_class=Response)
async def delete_override_template(caller: Caller, owners: Owners, owner_id: str, id: str) -> None:
    """Delete one template of an organization or an application; its history stays."""
    owner = owner_of(owners, owner_id)
    await words.delete_template(caller.world, caller.tenant_id, id, owner=owner, by=caller.by)
