"""`/invitation/{id}`: who invites to what; whoever it is for signs in or registers, and accepts.

People sign in through an application that is part of the service. Nothing of it is wanted but the
browser's session: its authorization code is left to expire, and nobody keeps its verifier.
"""

from __future__ import annotations

import base64
import json
import secrets
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from carteiro.api import cookies
from carteiro.api.context import context_of
from carteiro.api.speaking import spoken_to
from carteiro.directory.settings.public_experience import with_looks
from carteiro.errors import EntityNotFound, InvitationConflict
from carteiro.flows.backend.open_invitation import Shown, Stand, accept_opened, open_invitation
from carteiro.flows.sign_in.show_settings import experience_of
from carteiro.pages.forms import TOKEN, holds, is_ours, new_token, read_form
from carteiro.pages.frame import Frame, render
from carteiro.pages.moves import BY_SCRIPT
from carteiro.pages.notices import not_found

_CLIENT, _BACK = "invitations", "/invitation"
_NO_STORE = {"Cache-Control": "no-store"}


async def get_invitation(request: Request) -> Response:
    """What it is, and what whoever looks can do about it."""
    try:
        shown = await _shown(request)
    except EntityNotFound:
        return await not_found(request)
    opened, stand = shown.opened, shown.stand
    context = context_of(request)
    workspace = await context.world.workspaces.of(context.tenant_id)
    settings, organization = experience_of(workspace), opened.organization
    look = {
        "color": json.loads(organization["color"]),
        "branding": json.loads(organization["branding"]),
        "customCss": organization["custom_css"],
    }
    frame = Frame(
        spoken=await spoken_to(request, workspace),
        workspace=workspace,
        experience=with_looks(settings, look),
        name=organization["name"],
        organization_id=opened.row.organization_id,
        token=new_token(request, _about(shown)),
    )
    return render(
        request,
        "invitation.html",
        frame,
        opened=opened,
        stand=stand,
        sign_in=_address(request, shown, {}),
        register=None
        if settings["signInMode"] == "SignIn"
        else _address(request, shown, {"first_screen": "register"}),
        other=_address(request, shown, {"prompt": "login"}),
    )


async def post_invitation(request: Request) -> Response:
    """Accept it, and show what has become of it."""
    form, context = await read_form(request), context_of(request)
    try:
        shown = await _shown(request)
        ours = form is not None and is_ours(request)
        if ours and form is not None and holds(request, _about(shown), form.get(TOKEN, "")):
            await accept_opened(
                context.world,
                context.tenant_id,
                shown.opened.row.id,
                cookies.session_secret(request),
                by=context.by,
            )
    except InvitationConflict:
        # Somebody was faster: the page says how it stands now.
        pass
    except EntityNotFound:
        return await not_found(request)
    to = request.scope["path"]
    if BY_SCRIPT in request.headers:
        return JSONResponse({"to": to}, headers=_NO_STORE)
    return RedirectResponse(to, 303, _NO_STORE)


async def come_back(request: Request) -> Response:
    """Somebody has signed in, or has not: the page says how it stands."""
    state = quote(request.query_params.get("state", ""), safe="")
    return RedirectResponse(f"{_BACK}/{state}", 303, _NO_STORE)


async def _shown(request: Request) -> Shown:
    context = context_of(request)
    return await open_invitation(
        context.world,
        context.tenant_id,
        request.path_params["id"],
        cookies.session_secret(request),
    )


def _about(shown: Shown) -> str:
    """What a form of this page is good for."""
    return f"{shown.opened.row.id}.{shown.opened.session or ''}"


def _address(request: Request, shown: Shown, more: dict[str, str]) -> str | None:
    """Where somebody signs in to come back here; nothing where that leads nowhere."""
    if shown.stand not in {Stand.SIGN_IN, Stand.OTHER_ACCOUNT}:
        return None
    row = shown.opened.row
    challenge = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    asked = {
        "client_id": _CLIENT,
        "redirect_uri": f"{context_of(request).origin}{_BACK}",
        "response_type": "code",
        "scope": "openid",
        "state": row.id,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": row.invitee,
        "organization_id": row.organization_id,
        **more,
    }
    return f"/oidc/auth?{urlencode(asked)}"


routes = [
    Route(_BACK, come_back),
    Route(f"{_BACK}/{{id}}", get_invitation),
    Route(f"{_BACK}/{{id}}", post_invitation, methods=["POST"]),
]
