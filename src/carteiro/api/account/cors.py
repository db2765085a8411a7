"""Pages of every origin may call the Account API in a browser: the token says whose account it is.

No cookie lets anybody in there, so nothing is told to a page that could not be told to it without
the browser.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATHS = ("/api/my-account", "/api/verifications")
_METHODS = "GET,POST,PUT,PATCH,DELETE"
_SECONDS = "3600"
Header = tuple[bytes, bytes]


class AnyOrigin:
    """Says so with whatever is answered there, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        origin = request.headers.get("origin")
        if scope["method"] == "OPTIONS" and "access-control-request-method" in request.headers:
            await _preflight(request, origin or "*")(scope, receive, send)
            return
        opening: list[Header] = [
            (b"access-control-allow-origin", (origin or "*").encode("latin-1")),
            (b"access-control-expose-headers", b"*"),
            (b"vary", b"Origin"),
        ]

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *opening]
            await send(message)

        await self._app(scope, receive, opened)


def _preflight(request: Request, origin: str) -> Response:
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Expose-Headers": "*",
        "Access-Control-Max-Age": _SECONDS,
        "Vary": "Origin",
    }
    asked = request.headers.get("access-control-request-headers")
    if asked is not None:
        headers["Access-Control-Allow-Headers"] = asked
    return Response(status_code=204, headers=headers)
