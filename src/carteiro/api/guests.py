"""A browser with an interaction, as the flows at the door know it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import context_of, header
from carteiro.api.cookies import interaction_uid, only, put
from carteiro.flows.guards.known_browsers import COOKIE, LIFETIME
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.model.actor import Actor


def guest_of(request: Request) -> Guest:
    """Whose call it is. Raises ``SessionNotFound``."""
    context = context_of(request)
    by = context.by
    return Guest(
        world=context.world,
        tenant_id=context.tenant_id,
        origin=context.origin,
        uid=interaction_uid(request),
        by=Actor(ip=by.ip, user_agent=by.user_agent, at_door=True),
        locales=request.query_params.getlist("locale"),
        accept_language=header(request.scope, b"accept-language"),
        browser=only(request, COOKIE),
    )


def put_browser(request: Request, response: Response, browser: str | None) -> None:
    """Give the browser what it is known by from now on, where there is something."""
    if browser is None:
        return
    put(request, response, COOKIE, browser, LIFETIME)
