"""`/api/status`: is this process serving, and can it do its work?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carteiro.api.answers import tenant
from carteiro.api.answers.answer import Answer
from carteiro.api.context import Site, context_of
from carteiro.api.hot import HotRoute, Operation
from carteiro.delivery.watchdog import UNDRIVEN
from carteiro.flows.operate.status import readiness
from carteiro.secrets import same


async def get_status(request: Request) -> Response:
    """Answer 204 while the process serves. It asks nothing of the database or a provider.

    Who has the key of the setting `CARTEIRO_STATUS_API_KEY` is told the tenant.
    """
    given = request.headers.get("logto-status-api-key")
    site: Site = request.app.state.site
    if given is None or site.status_api_key is None:
        return Response(status_code=204)
    if not same(given.encode(), site.status_api_key.encode()):
        return Response(status_code=204)
    return Response(status_code=204, headers={"logto-tenant-id": context_of(request).tenant_id})


async def get_readiness(request: Request) -> Response:
    """Answer 200, or 503 when the database is away or this process about to end.

    That nobody drives the queue is said with 200: this process can do its work, and requests that
    are sent to another one find the same queue.
    """
    found = await readiness(context_of(request).world)
    leaves = getattr(request.app.state, "leaving", False)
    ready = found.database and not leaves
    body = {
        "status": "ready" if ready else "not ready",
        "database": found.database,
        "queue": "ok" if found.undriven is None else UNDRIVEN,
        "leaving": leaves,
    }
    return JSONResponse(body, 200 if ready else 503)


routes = [
    HotRoute(
        "/api/status",
        get_status,
        method="GET",
        operation=Operation(tag="Status", secured=False),
    ),
    HotRoute(
        "/api/status/ready",
        get_readiness,
        method="GET",
        operation=Operation(
            tag="Status",
            secured=False,
            answers={
                "200": "The database answers.",
                "503": "It does not, or this process is about to end.",
            },
            answer=Answer(body=tenant.Readiness, otherwise={"503": tenant.Readiness}),
        ),
    ),
]
