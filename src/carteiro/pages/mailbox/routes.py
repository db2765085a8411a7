"""`/mailbox`: the mails of this process, in development, as page and as JSON.

Whoever reaches the server reads them; the route exists only where the settings name a mailbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route

from carteiro.connectors.builtin.maildir import MaildirRelay, StoredMail
from carteiro.pages.mailbox.events import get_events
from carteiro.pages.mailbox.guard import for_this_host, from_own_origin
from carteiro.pages.rendering import PAGES

_SHOWN = 50
_SCRIPT = Path(__file__).parents[1] / "static" / "mailbox.js"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    # Without a referrer at all, a form would not say which page it comes from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_MAIL_HEADERS = {
    **_HEADERS,
    "Referrer-Policy": "no-referrer",
    # The mail's own HTML: shown in a frame without scripts, forms or an origin.
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
        "frame-ancestors 'self'"
    ),
}


async def get_mailbox(request: Request) -> Response:
    """The newest mails, and the one that is chosen."""
    mails = await _mailbox(request).read_latest(_SHOWN)
    asked = request.query_params.get("mail")
    chosen = asked or (mails[0].id if mails else None)
    mail = next((entry for entry in mails if entry.id == chosen), None)
    page = PAGES.get_template("mailbox.html").render(mails=mails, mail=mail, when=_when)
    return HTMLResponse(page, headers=_HEADERS)


async def get_mails(request: Request) -> Response:
    """The newest mails as JSON, for a script or a test."""
    mails = await _mailbox(request).read_latest(_SHOWN)
    return JSONResponse([_wire(mail) for mail in mails], headers={"Cache-Control": "no-store"})


async def get_html(request: Request) -> Response:
    """One mail's HTML part, for the frame."""
    mail = await _mailbox(request).read(request.path_params["id"])
    if mail is None or mail.html is None:
        return PlainTextResponse("Not Found", 404)
    return HTMLResponse(mail.html, headers=_MAIL_HEADERS)


async def get_raw(request: Request) -> Response:
    """One mail as it was handed over."""
    mail = await _mailbox(request).read(request.path_params["id"])
    if mail is None:
        return PlainTextResponse("Not Found", 404)
    return Response(mail.raw, media_type="text/plain; charset=utf-8", headers=_HEADERS)


async def get_script(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
    """The page's script: it lists what arrives and tells the time of the reader."""
    return FileResponse(_SCRIPT, media_type="text/javascript", headers=_HEADERS)


async def clear(request: Request) -> Response:
    """Empty the mailbox."""
    await _mailbox(request).clear()
    return Response(status_code=303, headers={"Location": "/mailbox"})


def _mailbox(request: Request) -> MaildirRelay:
    relay = request.app.state.world.services.relay
    assert isinstance(relay, MaildirRelay)
    return relay


def _when(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _wire(mail: StoredMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": mail.to,
        "connector": mail.connector,
        "code": mail.code,
        "subject": mail.subject,
        "date": mail.date,
        "text": mail.text,
        "html": mail.html,
    }


routes = [
    Route("/mailbox", for_this_host(get_mailbox)),
    Route("/mailbox", from_own_origin(clear), methods=["POST"]),
    Route("/api/mailbox", for_this_host(get_mails)),
    Route("/mailbox/events", for_this_host(get_events)),
    Route("/mailbox/mailbox.js", get_script),
    Route("/mailbox/{id}/html", for_this_host(get_html)),
    Route("/mailbox/{id}/raw", for_this_host(get_raw)),
]
