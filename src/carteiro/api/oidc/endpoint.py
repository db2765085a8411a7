"""What every answer of the provider has: its errors in OAuth's words, and an ETag."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.api.context import context_of
from carteiro.api.oidc.origins import allow_origin, preflight
from carteiro.api.problems import answer
from carteiro.api.route import tagged
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.errors import OAuthError, UnrecognizedRoute

Endpoint = Callable[[Request], Awaitable[Response]]


def visit_of(request: Request) -> Visit:
    """Who asks which tenant's provider. Raises ``UnknownTenant``."""
    context = context_of(request)
    return Visit(
        world=context.world, tenant_id=context.tenant_id, origin=context.origin, by=context.by
    )


def route(
    path: str,
    work: Endpoint,
    methods: Sequence[str] = ("GET",),
    *,
    shared: bool = False,
    once: bool = False,
) -> Route:
    """A route of the provider; pages of other origins may call a ``shared`` one.

    What a GET of it does can be done ``once`` only: whoever just looks what is there (HEAD: link
    scanners, previews) does nothing.
    """
    allowed = ",".join(methods)

    async def answered(request: Request) -> Response:
        if request.method == "OPTIONS":
            return await _before_a_call(request, allowed)
        if request.method == "HEAD" and once:
            return _unknown(request)
        try:
            response = await work(request)
        except OAuthError as error:
            response = answer(request, error)
        if shared:
            allow_origin(request, response)
        return tagged(request, response) if request.method == "GET" else response

    known = [*methods, "OPTIONS"] if shared else list(methods)
    return Route(path, answered, methods=known, name=work.__name__)


async def _before_a_call(request: Request, methods: str) -> Response:
    if "origin" in request.headers and "access-control-request-method" in request.headers:
        return preflight(request, methods)
    return _unknown(request)


def _unknown(request: Request) -> Response:
    asked = f"{request.method} on {request.scope['path'].removeprefix('/oidc')}"
    return answer(request, UnrecognizedRoute(f"unrecognized route or not allowed method ({asked})"))
