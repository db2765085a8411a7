"""`/oidc/session/end`: signing out (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carteiro.api import cookies
from carteiro.api.oidc.asking import ask_to_sign_out
from carteiro.api.oidc.endpoint import route, visit_of
from carteiro.api.oidc.parameters import read_asked
from carteiro.flows.sign_in.provider.sign_out import begin_sign_out, confirm_sign_out


async def get_end_session(request: Request) -> Response:
    """Ask, on a page that answers by itself, whether the person signs out."""
    visit = visit_of(request)
    asked = await read_asked(request)
    xsrf = await begin_sign_out(visit, asked.parameters, cookies.session_secret(request))
    return await ask_to_sign_out(request, visit, xsrf)


async def confirm_end_session(request: Request) -> Response:
    """End the session of this browser and go on where the application wanted."""
    given = (await read_asked(request)).parameters
    done = await confirm_sign_out(
        visit_of(request),
        given.get("xsrf"),
        cookies.session_secret(request),
        agreed=bool(given.get("logout")),
    )
    response = RedirectResponse(done.location, 303, {"Cache-Control": "no-store"})
    if done.is_over:
        cookies.clear_session(request, response)
    return response


routes = [
    route("/oidc/session/end", get_end_session, ["GET", "POST"]),
    route("/oidc/session/end/confirm", confirm_end_session, ["POST"]),
]
