"""`/mailbox`: the mails of the built-in service, in development, as page and as JSON.

Whoever reaches the server reads them; the route exists only where the settings name a mailbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from carteiro.connectors.maildir import MaildirRelay, StoredMail

_SHOWN = 50
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "html"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_MAIL_HEADERS = {
    **_HEADERS,
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
    page = _PAGES.get_template("mailbox.html").render(
        mails=mails, mail=mail, newest=not asked, when=_when
    )
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


async def clear(request: Request) -> Response:
    """Empty the mailbox."""
    await _mailbox(request).clear()
    return Response(status_code=303, headers={"Location": "/mailbox"})


def _mailbox(request: Request) -> MaildirRelay:
    relay = request.app.state.world.services.relay
    assert isinstance(relay, MaildirRelay)
    return relay


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S")


def _wire(mail: StoredMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": mail.to,
        "subject": mail.subject,
        "date": mail.date,
        "text": mail.text,
        "html": mail.html,
    }


routes = [
    Route("/mailbox", get_mailbox),
    Route("/mailbox", clear, methods=["POST"]),
    Route("/api/mailbox", get_mails),
    Route("/mailbox/{id}/html", get_html),
    Route("/mailbox/{id}/raw", get_raw),
]
