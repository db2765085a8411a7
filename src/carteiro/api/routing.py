"""Every route of the API, and the answers to what is none of them."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route

from carteiro.api import management, status
from carteiro.api.account import elsewhere as account_elsewhere
from carteiro.api.account import routes as account_routes
from carteiro.api.account import security as account_security
from carteiro.api.account import verifications as account_verifications
from carteiro.api.experience import elsewhere, verifications
from carteiro.api.experience import routes as experience
from carteiro.api.management.verification_codes import routes as verification_codes
from carteiro.api.oidc import routes as oidc
from carteiro.api.openapi import document
from carteiro.api.problems import answer, not_found
from carteiro.api.provider_events.routes import router as provider_events
from carteiro.api.route import tagged
from carteiro.api.well_known import security_txt
from carteiro.api.well_known.routes import router as well_known
from carteiro.errors import CarteiroError, MethodNotAllowed, MethodNotImplemented, RouteNotFound
from carteiro.oidc.errors import UnrecognizedRoute

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def install(app: FastAPI) -> None:
    """Put the API into an application. The routes that are asked for most stand first."""
    app.router.routes.extend([*status.routes, *verification_codes.routes, *oidc.routes])
    app.router.routes.extend([*experience.routes, *verifications.routes, *elsewhere.routes])
    app.router.routes.extend(account_elsewhere.routes)
    account = (account_verifications, account_routes, account_security)
    routers = [*management_routers(), *(part.router for part in account), provider_events]
    for router in (*routers, well_known):
        # As routes of the application itself, each can be asked which methods its path has.
        app.router.routes.extend(router.routes)
    app.router.routes.append(Route("/api/swagger.json", _swagger))
    app.router.routes.append(Route(security_txt.PATH, security_txt.security_txt))
    app.add_exception_handler(CarteiroError, answer)
    app.add_exception_handler(HTTPException, _no_route)


def management_routers() -> list[APIRouter]:
    """What the rooms of the management API call their ``router``, by the names of the modules."""
    found = []
    for room in pkgutil.iter_modules(management.__path__, f"{management.__name__}."):
        if room.ispkg:
            parts = pkgutil.iter_modules(import_module(room.name).__path__, f"{room.name}.")
            found += [vars(import_module(part.name)).get("router") for part in parts]
    return [router for router in found if isinstance(router, APIRouter)]


async def _swagger(request: Request) -> Response:
    """The OpenAPI document."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = document(app)
    return tagged(request, JSONResponse(app.openapi_schema))


async def _no_route(request: Request, error: Exception) -> Response:
    """What no route answers: in JSON below `/api` and `/oidc`, else as plain text."""
    assert isinstance(error, HTTPException)
    path = request.scope["path"]
    if _is_below(path, "/oidc"):
        below = path.removeprefix("/oidc") or "/"
        words = f"unrecognized route or not allowed method ({request.method} on {below})"
        return answer(request, UnrecognizedRoute(words))
    if error.status_code == 404:
        return answer(request, RouteNotFound()) if _is_below(path, "/api") else not_found()
    if error.status_code != 405:
        return PlainTextResponse(str(error.detail), error.status_code)
    if request.method not in _METHODS:
        return answer(request, MethodNotImplemented())
    allowed = {"OPTIONS"}
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            allowed |= getattr(route, "methods", None) or set()
    headers = {"Allow": ", ".join(sorted(allowed))}
    if request.method == "OPTIONS":
        return Response(status_code=200, headers=headers)
    response = answer(request, MethodNotAllowed())
    response.headers.update(headers)
    return response


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
