"""Somebody is asked whether they sign out, in words that only a browser without script shows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.oidc.forms import Asking, logout_form
from carteiro.api.speaking import spoken_to
from carteiro.flows.sign_in.provider.visit import Visit


async def ask_to_sign_out(
    request: Request, visit: Visit, note: str, *, switches: bool = False
) -> Response:
    """The form; who ``switches`` signs out so that another account may sign in."""
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    spoken = await spoken_to(request, workspace)
    question, button = "own.sign_out_question", "own.sign_out"
    if switches:
        question, button = "description.switch_account_description", "action.continue"
    asking = Asking(
        question=spoken.say(question),
        button=spoken.say(button),
        language=spoken.tag,
        dress=request.app.state.dress_of(workspace),
    )
    return logout_form(f"{visit.issuer}/session/end/confirm", note, asking)
