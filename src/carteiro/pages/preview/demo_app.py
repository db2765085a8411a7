"""`/demo-app`: a small application that signs people in at once and shows what it is told of them.

Its own query parameters go along as parameters of the authorization request.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.api.context import context_of
from carteiro.api.problems import status_of
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.tokens.inspect import userinfo
from carteiro.oidc.errors import OAuthError
from carteiro.pages.forms import TOKEN, holds, is_ours, new_token, read_form
from carteiro.pages.frame import render
from carteiro.pages.moves import moved
from carteiro.pages.notices import failed, frame_of_tenant, notice
from carteiro.pages.own_client import OwnClient, visit_of

_PATH = "/demo-app"
_CLIENT = OwnClient(
    id="demo-app",
    path=_PATH,
    scopes=("openid", "profile", "email", "phone", "address", "custom_data", "identities", "roles"),
)


async def get_demo_app(request: Request) -> Response:
    """Who has signed in; whoever has not, or comes with parameters, is sent to sign in."""
    try:
        if _CLIENT.returns(request):
            return await _returned(request)
        asked = request.query_params.multi_items()
        said = None if asked else await _who(request)
        if said is None:
            return _CLIENT.send_off(request, _PATH, asked)
        return await _shown(request, said)
    except CarteiroError as error:
        if status_of(error) < 500:
            raise
        return await failed(request, status_of(error))


async def post_demo_app(request: Request) -> Response:
    """Sign out."""
    form = await read_form(request)
    token = _CLIENT.token(request)
    if form is None or token is None or not is_ours(request):
        return moved(request, _PATH)
    if not holds(request, token, form.get(TOKEN, "")):
        return moved(request, _PATH)
    return _CLIENT.sign_out(request)


async def _returned(request: Request) -> Response:
    """Somebody comes back; an answer that was not asked for here opens nothing."""
    try:
        return await _CLIENT.come_back(request)
    except OAuthError:
        title, help_ = "own.session_over", "own.session_over_help"
        way_on = (_PATH, "action.sign_in")
        return await notice(request, title, help_, status=400, names_request=True, way_on=way_on)


async def _who(request: Request) -> dict[str, Any] | None:
    token = _CLIENT.token(request)
    if token is None:
        return None
    try:
        return await userinfo(visit_of(context_of(request)), token)
    except OAuthError:
        return None


async def _shown(request: Request, said: dict[str, Any]) -> Response:
    token = new_token(request, _CLIENT.token(request) or "")
    frame = await frame_of_tenant(
        request, app_id=_CLIENT.id, token=token, scripts=["pressed.js"], choice=False
    )
    claims = {name: _plain(value) for name, value in said.items() if name != "sub"}
    return render(request, "demo_app.html", frame, user_id=said["sub"], claims=claims)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


routes = [
    Route(_PATH, get_demo_app),
    Route(_PATH, post_demo_app, methods=["POST"]),
]
