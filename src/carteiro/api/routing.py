"""Every route of the API, and the answers to what is none of them."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route

from carteiro.api import status
from carteiro.api.experience import elsewhere, verifications
from carteiro.api.experience import routes as experience
from carteiro.api.management.applications.routes import router as applications
from carteiro.api.management.connectors.routes import router as connectors
from carteiro.api.management.custom_phrases.routes import router as custom_phrases
from carteiro.api.management.delivery.routes import router as delivery
from carteiro.api.management.email_templates.routes import router as email_templates
from carteiro.api.management.hooks.routes import router as hooks
from carteiro.api.management.logs.routes import router as logs
from carteiro.api.management.messages.routes import router as messages
from carteiro.api.management.one_time_tokens.routes import router as one_time_tokens
from carteiro.api.management.organization_invitations.routes import router as invitations
from carteiro.api.management.organizations.members import router as members
from carteiro.api.management.organizations.roles import router as organization_roles
from carteiro.api.management.organizations.routes import router as organizations
from carteiro.api.management.protection.routes import router as protection
from carteiro.api.management.resources.routes import router as resources
from carteiro.api.management.roles.routes import router as roles
from carteiro.api.management.sentinel_activities.routes import router as sentinel
from carteiro.api.management.sign_in_experience.routes import router as sign_in_experience
from carteiro.api.management.suppressions.routes import router as suppressions
from carteiro.api.management.tenant_settings.routes import router as tenant_settings
from carteiro.api.management.users.routes import router as users
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

_ROUTERS = (
    connectors,
    email_templates,
    sign_in_experience,
    custom_phrases,
    users,
    hooks,
    logs,
    organizations,
    members,
    organization_roles,
    invitations,
    applications,
    roles,
    resources,
    one_time_tokens,
    sentinel,
    tenant_settings,
    messages,
    suppressions,
    delivery,
    protection,
    provider_events,
    well_known,
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def install(app: FastAPI) -> None:
    """Put the API into an application. The routes that are asked for most stand first."""
    app.router.routes.extend([*status.routes, *verification_codes.routes, *oidc.routes])
    app.router.routes.extend([*experience.routes, *verifications.routes, *elsewhere.routes])
    for router in _ROUTERS:
        # As routes of the application itself, each can be asked which methods its path has.
        app.router.routes.extend(router.routes)
    app.router.routes.append(Route("/api/swagger.json", _swagger))
    app.router.routes.append(Route(security_txt.PATH, security_txt.security_txt))
    app.add_exception_handler(CarteiroError, answer)
    app.add_exception_handler(HTTPException, _no_route)


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
