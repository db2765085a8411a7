"""Where a form has led: a redirect, or the same as JSON for the pages' script."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

BY_SCRIPT = "carteiro-page"
"""The header of a form that the pages' script sends: it follows redirects by itself."""
_NO_STORE = {"Cache-Control": "no-store"}


def moved(request: Request, to: str, status: int = 303) -> Response:
    """Lead on to an address."""
    if BY_SCRIPT in request.headers:
        return JSONResponse({"to": to}, headers=_NO_STORE)
    return RedirectResponse(to, status, _NO_STORE)
