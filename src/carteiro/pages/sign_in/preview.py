"""`/sign-in?preview=true`: the first page as settings that are being edited would have it (§5.4).

The console frames it and tells the settings by messages. Nothing can be typed or sent, no session
is needed, and the tenant's own CSS is not there.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import Site, context_of
from carteiro.pages.frame import render
from carteiro.pages.notices import frame_of_tenant


def asks_preview(request: Request) -> bool:
    """Whether the page is asked for to be looked at only."""
    return request.query_params.get("preview") == "true"


async def preview(request: Request) -> Response:
    """The page as the settings are now; it may be framed by the console and by nobody else."""
    site: Site = request.app.state.site
    console = site.console_url or context_of(request).origin
    frame = await frame_of_tenant(request, framed_by=console, scripts=["preview.js"])
    return render(request, "sign_in/preview.html", frame, console=console)
