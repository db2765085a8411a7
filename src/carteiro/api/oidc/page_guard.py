"""The pages of signing in are for who has an interaction; everybody else is sent away."""

from __future__ import annotations

from collections.abc import Container

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from carteiro.api import cookies
from carteiro.api.oidc.endpoint import visit_of
from carteiro.errors import UnknownTenant
from carteiro.flows.sign_in.provider.guard_pages import CONSENT, GUARDED, way_out
from carteiro.oidc.errors import SessionNotFound


class PageGuard:
    """Looks at requests for these pages only, and not at a preview of one.

    Those in ``looking`` look for themselves: they need the interaction anyway.
    """

    def __init__(self, app: ASGIApp, looking: Container[str] = ()) -> None:
        self._app = app
        self._looking = looking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or not scope["path"].startswith(GUARDED)
            or scope["path"] == CONSENT
            or scope["path"] in self._looking
        ):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        if not is_guarded(request):
            await self._app(scope, receive, send)
            return
        try:
            location = await way_out(visit_of(request), uid_of(request))
        except UnknownTenant:
            location = None
        if location is None:
            await self._app(scope, receive, send)
            return
        response = RedirectResponse(location, 302, {"Cache-Control": "no-store"})
        await response(scope, receive, send)


def is_guarded(request: Request) -> bool:
    """Whether it asks for a page, and not for a preview of one."""
    return request.method == "GET" and "preview" not in request.query_params


def uid_of(request: Request) -> str | None:
    """The interaction that the browser has, if it has one."""
    try:
        return cookies.interaction_uid(request)
    except SessionNotFound:
        return None
