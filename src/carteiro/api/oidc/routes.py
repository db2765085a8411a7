"""`/oidc`: discovery, keys, and what applications ask for in their own name."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carteiro.api.context import context_of
from carteiro.api.oidc import authorization, consent, end_session
from carteiro.api.oidc.endpoint import route, visit_of
from carteiro.api.oidc.origins import open_to_all, require_origin
from carteiro.api.oidc.parameters import read_asked, read_parameters
from carteiro.flows.sign_in.provider.push_request import push_request
from carteiro.flows.sign_in.tokens import inspect
from carteiro.flows.sign_in.tokens.authenticate import Authenticated, authenticate
from carteiro.flows.sign_in.tokens.exchange import exchange
from carteiro.oidc import discovery
from carteiro.oidc.errors import InvalidOAuthRequest

_NO_STORE = {"Cache-Control": "no-store"}
_FRESH = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}


async def get_discovery(request: Request) -> Response:
    """The provider's metadata."""
    open_to_all(request)
    context = context_of(request)
    await context.world.workspaces.of(context.tenant_id)  # There is none of a tenant that is not.
    return JSONResponse(discovery.document(context.origin))


async def get_jwks(request: Request) -> Response:
    """The public keys that verify this tenant's tokens."""
    open_to_all(request)
    context = context_of(request)
    keys = await context.world.signing_keys.of(context.tenant_id)
    return JSONResponse(keys.jwks(), headers=_FRESH, media_type="application/jwk-set+json")


async def post_token(request: Request) -> Response:
    """Give tokens for a code, a refresh token, or an application's own credentials."""
    asked = await read_parameters(request)
    who = await _client(request, asked.parameters)
    body = await exchange(visit_of(request), who, asked.parameters, asked.resources)
    return JSONResponse(body, headers=_NO_STORE)


async def introspect_token(request: Request) -> Response:
    """Tell what an opaque token is good for."""
    parameters = (await read_parameters(request)).parameters
    who = await _client(request, parameters)
    found = await inspect.introspect(visit_of(request), who.client, parameters)
    return JSONResponse(found, headers=_NO_STORE)


async def revoke_token(request: Request) -> Response:
    """End a token and its grant."""
    parameters = (await read_parameters(request)).parameters
    who = await _client(request, parameters)
    await inspect.revoke(visit_of(request), who.client, parameters)
    return Response(status_code=200, headers=_NO_STORE)


async def push_authorization(request: Request) -> Response:
    """Keep an authorization request for the browser that is sent next."""
    asked = await read_asked(request)
    who = await _client(request, asked.parameters)
    found = await push_request(visit_of(request), who.client, asked.parameters, asked.resources)
    return JSONResponse(found, 201, headers=_NO_STORE)


async def get_userinfo(request: Request) -> Response:
    """Who has signed in, as far as the token's scopes go."""
    open_to_all(request)  # Until it is known whose page may read what is said of this token.
    token = await _bearer(request)
    said = await inspect.userinfo(
        visit_of(request), token, lambda client: require_origin(request, client)
    )
    return JSONResponse(said, headers=_NO_STORE)


async def _client(request: Request, parameters: Mapping[str, str]) -> Authenticated:
    visit = visit_of(request)
    who = await authenticate(
        visit,
        parameters,
        request.headers.get("authorization"),
        endpoint=visit.origin + request.scope["path"],
    )
    require_origin(request, who.client)
    return who


async def _bearer(request: Request) -> str:
    """The token of a request, in the header or in a form. Raises ``InvalidOAuthRequest``."""
    header = request.headers.get("authorization")
    given = (await read_parameters(request)).parameters if request.method == "POST" else {}
    posted = given.get("access_token")
    if header is None:
        if not posted:
            raise InvalidOAuthRequest("no access token provided")
        return posted
    if posted:
        raise InvalidOAuthRequest("access token must only be provided using one mechanism")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidOAuthRequest("invalid authorization header value format")
    return token.strip()


routes = [
    route("/oidc/.well-known/openid-configuration", get_discovery, shared=True),
    route("/oidc/.well-known/oauth-authorization-server", get_discovery, shared=True),
    route("/oidc/jwks", get_jwks, shared=True),
    route("/oidc/token", post_token, ["POST"], shared=True),
    route("/oidc/token/introspection", introspect_token, ["POST"], shared=True),
    route("/oidc/token/revocation", revoke_token, ["POST"], shared=True),
    route("/oidc/request", push_authorization, ["POST"], shared=True),
    route("/oidc/me", get_userinfo, ["GET", "POST"], shared=True),
    *authorization.routes,
    *consent.routes,
    *end_session.routes,
]
