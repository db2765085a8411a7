"""`/`: whoever opens the server's address in a browser is shown where to go on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from carteiro.pages.rendering import PAGES

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes(*, has_mailbox: bool) -> list[Route]:
    """The page; it names the mailbox only where there is one."""
    page = PAGES.get_template("front.html").render(has_mailbox=has_mailbox)

    async def get_front(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
        return HTMLResponse(page, headers=_HEADERS)

    return [Route("/", get_front)]
