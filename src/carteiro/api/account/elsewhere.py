"""Identities elsewhere and pictures of people: no part of the service, nor of its document."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.api.account.route import bearer_of
from carteiro.api.pictures import looks_like_image
from carteiro.flows.account import elsewhere

_IDENTITIES = "/api/my-account/identities"


async def _link(request: Request) -> Response:
    await elsewhere.link_identity(bearer_of(request, {}))
    return Response(status_code=204)


async def _unlink(request: Request) -> Response:
    await elsewhere.unlink_identity(bearer_of(request, {}))
    return Response(status_code=204)


async def _upload(request: Request) -> Response:
    bearer = bearer_of(request, {})
    is_image = looks_like_image(await request.body())
    await elsewhere.upload_avatar(bearer, is_image=is_image)
    return Response(status_code=204)


routes = [
    Route(_IDENTITIES, _link, methods=["POST", "PUT"]),
    Route(f"{_IDENTITIES}/{{target}}", _unlink, methods=["DELETE"]),
    Route("/api/my-account/user-assets/avatar", _upload, methods=["POST"]),
]
