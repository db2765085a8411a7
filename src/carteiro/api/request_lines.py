"""A line in the log for each request, for development and where no proxy writes one."""

from __future__ import annotations

import time
from urllib.parse import quote

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger("carteiro.http")


class RequestLines:
    """Method, path, status and milliseconds; no query, for that may hold a token or an address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            took = round((time.perf_counter() - began) * 1000)
            # Encoded as on the wire, so that nobody writes lines of their own into the log.
            what = f"{scope['method']} {quote(scope['path'])}"
            _log.info(what, status=status, milliseconds=took)
