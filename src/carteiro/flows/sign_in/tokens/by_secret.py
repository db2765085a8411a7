"""A machine's own tokens: the client-credentials grant (RFC 6749 §4.4, RFC 8707)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carteiro.flows.sign_in.visit import Visit
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import AccessDenied, InvalidTarget
from carteiro.storage.tenancy import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    """The answer: a bearer token and what it is good for; ``scope`` is ``None`` for nothing."""

    access_token: str
    scope: str | None
    seconds: int


async def machine_token(
    visit: Visit, client: Client, parameters: Mapping[str, str]
) -> MachineToken:
    """Give a token to an application that speaks for itself. Raises an ``OAuthError``."""
    if parameters.get("organization_id"):
        # No application belongs to an organization here, so it is never one that asks.
        raise AccessDenied("app has not associated with the organization")
    audience = parameters.get("resource", "")
    if not audience:
        raise InvalidTarget("both `resource` and `organization_id` are not provided")
    granted = await visit.world.database.read(
        lambda tx: resources.granted(tx, visit.tenant_id, audience, client.id)
    )
    if granted is None:
        raise InvalidTarget
    wanted = parameters.get("scope", "").split()
    given = [word for word in dict.fromkeys(wanted) if word in granted.scopes]
    scope = " ".join(given) or None
    token = await visit.world.tokens.issue(
        tenant_id=visit.tenant_id,
        issuer=visit.issuer,
        client_id=client.id,
        audience=audience,
        scope=scope,
        lifetime=granted.lifetime,
    )
    return MachineToken(access_token=token, scope=scope, seconds=granted.lifetime)
