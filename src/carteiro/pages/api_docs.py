"""`/api/docs`: the OpenAPI document to read and to try, from files that this server has."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Carteiro API</title>
<link rel="stylesheet" href="/api/docs/static/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/static/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({url: "/api/swagger.json", dom_id: "#docs", deepLinking: true});
"""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def _viewer() -> Path:
    """Where the package that carries Swagger UI has its files."""
    spec = find_spec("fastapi_offline")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"


async def get_docs(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
    """The page."""
    return HTMLResponse(_PAGE, headers=_HEADERS)


async def get_start(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
    """The page's one line of script, apart so that no inline script needs to be allowed."""
    return Response(_START, media_type="text/javascript", headers=_HEADERS)


routes = [
    Route("/api/docs", get_docs),
    Route("/api/docs/start.js", get_start),
    Mount("/api/docs/static", StaticFiles(directory=_viewer())),
]
