"""Calls that come with the browser's cookies: only a page of this very origin may make them.

A neighbouring host is of the same site, so that cookies go along with what its pages send; and a
body that says it is plain text is sent without a preflight (Fetch standard §3.3.2).
"""

from __future__ import annotations

from starlette.requests import Request

from carteiro.api.context import context_of
from carteiro.oidc.errors import SessionNotFound

_OURS = frozenset({"same-origin", "none"})


def require_own_page(request: Request) -> None:
    """A page of another origin has no interaction here. Raises ``SessionNotFound``.

    The browser's own word counts (Fetch Metadata), else the origin that it names; who names none
    is no browser.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = origin in (None, context_of(request).origin) if site is None else site in _OURS
    if not ours:
        raise SessionNotFound("interaction session not found: called by another origin's page")
