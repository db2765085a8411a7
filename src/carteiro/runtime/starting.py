"""Starting a server: what stands in its way is one sentence, said before it serves."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carteiro.errors import CarteiroError, PortTaken


def bind(host: str, port: int) -> list[socket.socket]:
    """Take the port on every address of the host, without listening yet. Raises ``PortTaken``."""
    taken: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A free port of the system's choice is another one on each address.
        for family, kind, protocol, _, address in found[:1] if port == 0 else found:
            server = socket.socket(family, kind, protocol)
            taken.append(server)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            server.bind(address)
    except OSError as error:
        for server in taken:
            server.close()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise PortTaken(f"Cannot listen on {where}: {error.strerror}.") from error
    return taken


class Starting:
    """An application that keeps what it could not start for, in ``failure``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.failure: CarteiroError | None = None
        # It would be said twice, and the first time with a stack.
        logging.getLogger("uvicorn.error").addFilter(self._is_news)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run the application; only the start of its life is listened to."""
        if scope["type"] != "lifespan":
            return self._app(scope, receive, send)
        return self._live(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def plainly(message: Message) -> None:
            # The framework sends this while it handles the error.
            error = sys.exc_info()[1]
            if message["type"].endswith(".failed") and isinstance(error, CarteiroError):
                self.failure = error
                message = {"type": message["type"]}
            await send(message)

        await self._app(scope, receive, plainly)

    def _is_news(self, record: logging.LogRecord) -> bool:
        return self.failure is None or "startup failed" not in record.getMessage()
