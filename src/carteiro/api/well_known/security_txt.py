"""`/.well-known/security.txt`: whom to tell of a weakness (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from carteiro.api.context import Site, context_of
from carteiro.api.problems import not_found

PATH = "/.well-known/security.txt"
_VALID = timedelta(days=90)
"""RFC 9116 §2.5.5 wants less than a year. What is answered now is true now."""


async def security_txt(request: Request) -> Response:
    """The operator's contact; 404 where none is set."""
    site: Site = request.app.state.site
    if not site.security_contacts:
        return not_found()
    context = context_of(request)
    today = datetime.fromtimestamp(context.world.clock.now() / 1000, UTC).date()
    expires = (datetime(today.year, today.month, today.day, tzinfo=UTC) + _VALID).isoformat()
    lines = [f"Contact: {contact}" for contact in site.security_contacts]
    lines.append(f"Expires: {expires.replace('+00:00', 'Z')}")
    if context.origin.startswith("https://"):
        lines.append(f"Canonical: {context.origin}{PATH}")
    if site.security_policy is not None:
        lines.append(f"Policy: {site.security_policy}")
    return PlainTextResponse("".join(f"{line}\n" for line in lines))
