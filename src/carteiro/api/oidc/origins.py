"""Which pages of other origins may call the provider in a browser (the Fetch standard's CORS).

What says nothing of anybody is open to all. Elsewhere the client decides, which only the request
itself names: a preflight is always answered, and the call is refused before its grant is looked at.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import context_of
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidOAuthRequest

_PREFLIGHT_SECONDS = "3600"


def require_origin(request: Request, client: Client) -> None:
    """Check where a page comes from that calls in a client's name. Raises ``InvalidOAuthRequest``.

    From then on the answer, be it an error, may be read by that page.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return
    request.state.allowed_origin = None
    if origin != context_of(request).origin and not client.calls_from(origin):
        raise InvalidOAuthRequest(f"origin {origin} not allowed for client: {client.id}")
    request.state.allowed_origin = origin


def allow_origin(request: Request, response: Response) -> None:
    """Let the page read the answer, if it may."""
    origin = getattr(request.state, "allowed_origin", None)
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    if "origin" in request.headers:
        response.headers.append("Vary", "Origin")


def open_to_all(request: Request) -> None:
    """Let any page read the answer."""
    request.state.allowed_origin = request.headers.get("origin")


def preflight(request: Request, methods: str) -> Response:
    """The answer to a browser that asks before it calls."""
    headers = {
        "Access-Control-Allow-Origin": request.headers["origin"],
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        "Vary": "Origin",
    }
    asked = request.headers.get("access-control-request-headers")
    if asked is not None:
        headers["Access-Control-Allow-Headers"] = asked
    return Response(status_code=204, headers=headers)
