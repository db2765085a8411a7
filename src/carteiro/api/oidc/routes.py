"""`/oidc`: discovery, keys and the token endpoint."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carteiro.api.context import context_of
from carteiro.api.oidc.parameters import read_parameters
from carteiro.oidc import discovery
from carteiro.oidc.client_credentials import grant

_NO_STORE = {"Cache-Control": "no-store"}


async def get_discovery(request: Request) -> Response:
    """The provider's metadata."""
    return JSONResponse(discovery.document(context_of(request).origin))


async def get_jwks(request: Request) -> Response:
    """The public keys that verify this tenant's tokens."""
    context = context_of(request)
    keys = await context.world.signing_keys.of(context.tenant_id)
    return JSONResponse(keys.jwks(), media_type="application/jwk-set+json")


async def post_token(request: Request) -> Response:
    """Exchange an application's credentials for an access token."""
    context = context_of(request)
    world = context.world
    answer = await grant(
        await read_parameters(request),
        request.headers.get("authorization"),
        tenant_id=context.tenant_id,
        issuer=context.issuer,
        database=world.database,
        keyring=world.keyring,
        clock=world.clock,
        tokens=world.tokens,
    )
    body: dict[str, str | int] = {
        "access_token": answer.access_token,
        "expires_in": answer.expires_in,
        "token_type": "Bearer",
    }
    if answer.scope is not None:
        body["scope"] = answer.scope
    return JSONResponse(body, headers=_NO_STORE)


routes = [
    Route("/oidc/.well-known/openid-configuration", get_discovery),
    Route("/oidc/.well-known/oauth-authorization-server", get_discovery),
    Route("/oidc/jwks", get_jwks),
    Route("/oidc/token", post_token, methods=["POST"]),
]
