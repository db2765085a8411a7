"""`/api/status`: is this process serving?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.hot import HotRoute, Operation


async def get_status(request: Request) -> Response:  # noqa: ARG001 - an endpoint's signature
    """Answer 204 while the process serves. It asks nothing of the database or a provider."""
    return Response(status_code=204)


routes = [
    HotRoute(
        "/api/status",
        get_status,
        method="GET",
        operation=Operation(tag="Status", secured=False),
    )
]
