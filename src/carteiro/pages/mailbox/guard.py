"""Who may read the mailbox: only a browser or a script that asked for this very server.

A page of somebody else's can point a name of its own at this machine (DNS rebinding) and then read
what is here as if it were its own; it can also send a form here. Neither is answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Endpoint = Callable[[Request], Awaitable[Response]]
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def for_this_host(endpoint: Endpoint) -> Endpoint:
    """Refuse a request whose ``Host`` names another server (421)."""

    async def guarded(request: Request) -> Response:
        if _is_ours(request, f"//{request.headers.get('host', '')}"):
            return await endpoint(request)
        where = f"{request.app.state.site.public_url}/mailbox"
        return PlainTextResponse(f"The mailbox is read at {where}.\n", 421)

    return guarded


def from_own_origin(endpoint: Endpoint) -> Endpoint:
    """Refuse a request that a page of another origin has sent, or that does not say (403)."""

    async def guarded(request: Request) -> Response:
        origin = request.headers.get("origin", "")
        same_server = urlsplit(origin).netloc == request.headers.get("host")
        if origin and same_server and _is_ours(request, origin):
            return await endpoint(request)
        return PlainTextResponse("The mailbox is emptied from its own page only.\n", 403)

    return for_this_host(guarded)


def _is_ours(request: Request, address: str) -> bool:
    site = request.app.state.site
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    if site.tenant_domain and host.endswith(f".{site.tenant_domain}"):
        return True
    return host in _LOOPBACK or parts.netloc == urlsplit(site.public_url).netloc
