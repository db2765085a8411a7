"""`/oidc`: discovery, keys and the token endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carteiro.api.bodies import parse_json
from carteiro.api.context import context_of
from carteiro.api.problems import BodyTooLarge, MalformedBody
from carteiro.model.limits import MAX_TOKEN_BODY
from carteiro.oidc import discovery
from carteiro.oidc.client_credentials import InvalidOAuthRequest, grant

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
        await _parameters(request),
        request.headers.get("authorization"),
        tenant_id=context.tenant_id,
        issuer=context.issuer,
        database=world.database,
        keyring=world.keyring,
        clock=world.clock,
        tokens=world.tokens,
    )
    return JSONResponse(
        {
            "access_token": answer.access_token,
            "expires_in": answer.expires_in,
            "token_type": "Bearer",
            "scope": answer.scope,
        },
        headers=_NO_STORE,
    )


async def _parameters(request: Request) -> Mapping[str, str]:
    """The request's parameters, from a form or from JSON; a repeated one is refused."""
    body = await request.body()
    if len(body) > MAX_TOKEN_BODY or b"\x00" in body or b"%00" in body:
        raise InvalidOAuthRequest("request body is too large or holds a NUL")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            given = parse_json(body or b"{}")
        except (BodyTooLarge, MalformedBody) as error:
            raise InvalidOAuthRequest("failed to parse the request body") from error
        if not isinstance(given, dict):
            raise InvalidOAuthRequest("failed to parse the request body")
        return {name: value for name, value in given.items() if isinstance(value, str)}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise InvalidOAuthRequest("failed to parse the request body") from error
    if len(dict(pairs)) != len(pairs):
        raise InvalidOAuthRequest("parameters must not be provided twice")
    return dict(pairs)


routes = [
    Route("/oidc/.well-known/openid-configuration", get_discovery),
    Route("/oidc/.well-known/oauth-authorization-server", get_discovery),
    Route("/oidc/jwks", get_jwks),
    Route("/oidc/token", post_token, methods=["POST"]),
]
