"""`/api/email-templates/preview`: a mail to look at before anybody gets it."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from carteiro.api.answers import mail
from carteiro.api.answers.answer import Answer
from carteiro.api.management.email_previews.schemas import PreviewWish, preview_response
from carteiro.api.route import AskingRoute, Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import TEMPLATES, require_also
from carteiro.delivery.previews import Preview
from carteiro.errors import NotSupportedByConnector
from carteiro.flows.administer.mail import preview as flow
from carteiro.model.management import ManagementScope as Scope

_MEDIA_TYPE = "application/octet-stream"

router = ApiRouter(
    tag="Email templates",
    needs=TEMPLATES,
    answers={
        "preview_email": mail.EmailPreview,
        "preview_email_source": Answer(file=_MEDIA_TYPE),
    },
    route_class=AskingRoute,
)


@router.post("/email-templates/preview")
async def preview_email(caller: Caller, body: PreviewWish) -> dict[str, Any]:
    """What would be sent, made as it is for sending. Nothing is sent, stored or issued.

    A `userId` needs `people:read`, too, and an `organizationId` needs `organizations:read`.
    """
    return preview_response(await _preview(caller, body))


@router.post("/email-templates/preview/eml", response_class=Response)
async def preview_email_source(caller: Caller, body: PreviewWish) -> Response:
    """The same as a file for mail programs: byte for byte what an SMTP server would be given.

    Of what an HTTP provider writes itself, the nearest that can be told.
    """
    shown = await _preview(caller, body)
    if shown.eml is None:
        raise NotSupportedByConnector("The words or the sender are kept elsewhere.")
    headers = {"Content-Disposition": 'attachment; filename="preview.eml"'}
    return Response(shown.eml, media_type=_MEDIA_TYPE, headers=headers)


async def _preview(caller: Caller, body: PreviewWish) -> Preview:
    if body.user_id is not None:
        require_also(caller, Scope.PEOPLE_READ)
    if body.organization_id is not None:
        require_also(caller, Scope.ORGANIZATIONS_READ)
    return await flow.preview(caller.world, caller.tenant_id, body.wish())
