"""`/api/docs`: the OpenAPI document to read and to try, from files that this server has."""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from carteiro.flows.administer.access.applications import (
    DEVELOPMENT,
    Credentials,
    reveal_credentials,
)
from carteiro.flows.world import World
from carteiro.model.management import management_audience
from carteiro.storage.tenancy.tenants import DEFAULT

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Carteiro API</title>
<link rel="stylesheet" href="/api/docs/static/swagger-ui.css">
<style>
.token {{ max-width: 1460px; margin: 0 auto; padding: 1rem 20px; font: 15px/1.5 sans-serif }}
.token pre {{ padding: .8rem; overflow-x: auto; background: #f2f2f2; color: #111 }}
</style>
</head>
<body>
<details class="token"{opened}>
<summary>Where does a token come from?</summary>
<p>From an application: every call but the public ones carries its token. {whence}</p>
<pre id="token">{command}</pre>
<p>Press <b>Authorize</b> below and paste it there. A token lives for an hour; more of it in
<code>docs/how-to/let-a-backend-in.md</code>.</p>
</details>
<div id="docs"></div>
<script src="/api/docs/static/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_COMMAND = """\
curl -s -u {id}:{secret} {base}/oidc/token \\
  -d grant_type=client_credentials -d resource={resource} -d scope=all \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""
_MAKE = (
    "<code>carteiro apps create Backend</code> makes one that may manage, and prints its id and "
    "secret. Exchange the two:"
)
_MADE = "<code>carteiro dev</code> has made one; this is ready to copy:"
_START = """SwaggerUIBundle({url: "/api/swagger.json", dom_id: "#docs", deepLinking: true});
"""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def _viewer() -> Path:
    """Where the package that carries Swagger UI has its files."""
    spec = find_spec("fastapi_offline")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"


async def get_docs(request: Request) -> Response:
    """The page, with the way to a token."""
    return _page(request, None)


async def get_development_docs(request: Request) -> Response:
    """The page, with a command that is ready to copy for who sits at this machine."""
    world: World = request.app.state.world
    known = None
    if _is_here(request):
        known = await reveal_credentials(world, DEFAULT, DEVELOPMENT)
    return _page(request, known)


def _page(request: Request, known: Credentials | None) -> Response:
    command = _COMMAND.format(
        id=known.id if known else '"$ID',
        secret=known.secret if known else '$SECRET"',
        base=request.app.state.site.public_url,
        resource=known.resource if known else management_audience(DEFAULT),
    )
    page = _PAGE.format(
        command=escape(command),
        whence=_MADE if known else _MAKE,
        opened=" open" if known else "",
    )
    return HTMLResponse(page, headers=_HEADERS)


def _is_here(request: Request) -> bool:
    """Whether it is this machine that asks, by this server's own name.

    By another name it may be a foreign page that had itself resolved to this address.
    """
    name = urlsplit(request.app.state.site.public_url)
    client = request.client.host if request.client else ""
    asked = request.headers.get("host") == name.netloc
    return asked and name.hostname in _LOCAL and client in _LOCAL


async def get_start(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
    """The page's one line of script, apart so that no inline script needs to be allowed."""
    return Response(_START, media_type="text/javascript", headers=_HEADERS)


def routes(*, development: bool) -> list[Route | Mount]:
    """The page and its files; in development it shows the credentials of `carteiro dev`."""
    return [
        Route("/api/docs", get_development_docs if development else get_docs),
        Route("/api/docs/start.js", get_start),
        Mount("/api/docs/static", StaticFiles(directory=_viewer())),
    ]
