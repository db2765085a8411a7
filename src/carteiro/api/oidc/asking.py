"""Somebody is asked whether they sign out, in words that only a browser without script shows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.oidc.forms import Asking, logout_form
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.screens.shown import spoken_in
from carteiro.languages.negotiate import negotiate


async def ask_to_sign_out(
    request: Request, visit: Visit, note: str, *, switches: bool = False
) -> Response:
    """The form; who ``switches`` signs out so that another account may sign in."""
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    decision = negotiate(
        query_locales=tuple(request.query_params.getlist("locale")),
        accept_language=request.headers.get("accept-language"),
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
    spoken = await spoken_in(visit.world, workspace, decision.tag)
    question, button = "own.sign_out_question", "own.sign_out"
    if switches:
        question, button = "description.switch_account_description", "action.continue"
    asking = Asking(
        question=spoken.say(question),
        button=spoken.say(button),
        language=spoken.tag,
        stylesheet=getattr(request.app.state, "stylesheet", None),
    )
    return logout_form(f"{visit.issuer}/session/end/confirm", note, asking)
