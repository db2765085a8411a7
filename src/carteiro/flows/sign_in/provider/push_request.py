"""An application brings its authorization request before it sends anybody (RFC 9126)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from carteiro import secrets
from carteiro.flows.sign_in.provider.authorize import REQUEST_URI
from carteiro.flows.sign_in.provider.entitlements import asked_available, require_available
from carteiro.flows.sign_in.provider.id_token_hints import read_hint
from carteiro.flows.sign_in.provider.magic_links import put_away
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.authorization import kept_parameters, read_request, read_target
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidOAuthRequest
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind

SECONDS = 60


async def push_request(
    visit: Visit, client: Client, parameters: Mapping[str, str], resources: Sequence[str]
) -> dict[str, Any]:
    """Check and keep a request; where it is found. Raises an ``OAuthError``."""
    if "request_uri" in parameters:
        raise InvalidOAuthRequest("request_uri parameter must not be provided")
    kept = {**kept_parameters(parameters, resources), "client_id": client.id}
    request = read_request(kept, client, read_target(kept, client))
    if request.id_token_hint is not None:
        await read_hint(visit, request.id_token_hint)
    value = secrets.opaque_value()
    new = StoredToken(
        tenant_id=visit.tenant_id,
        value_hash=secrets.fingerprint(value),
        kind=TokenKind.REQUEST,
        client_id=client.id,
        content=put_away(visit, kept),
        created_at=visit.now,
        expires_at=visit.now + 1000 * SECONDS,
    )

    async def work(unit: Transaction) -> None:
        tx = await asked(unit, partial(asked_available, visit, client, request.resources))
        await require_available(tx, visit, client, request)
        await tokens.create(tx, new)

    await visit.world.database.write(work)
    return {"request_uri": f"{REQUEST_URI}{value}", "expires_in": SECONDS}
