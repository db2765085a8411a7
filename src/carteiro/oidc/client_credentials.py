"""The client-credentials grant (RFC 6749 §4.4) for machine-to-machine applications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from carteiro.clock import Clock
from carteiro.model.granted import Granted
from carteiro.oidc.client_authentication import Credentials, read_credentials
from carteiro.oidc.errors import (
    AccessDenied,
    InvalidClient,
    InvalidOAuthRequest,
    InvalidTarget,
    UnknownClient,
    UnsupportedGrantType,
)
from carteiro.oidc.tokens import LIFETIME, AccessTokens
from carteiro.secrets import Keyring, same
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import applications, resources

MACHINE_TO_MACHINE = "MachineToMachine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer: a bearer token and what it is good for; ``scope`` is ``None`` for nothing."""

    access_token: str
    scope: str | None
    expires_in: int = LIFETIME


async def grant(
    parameters: Mapping[str, str],
    authorization: str | None,
    *,
    tenant_id: str,
    issuer: str,
    database: Database,
    keyring: Keyring,
    clock: Clock,
    tokens: AccessTokens,
) -> Grant:
    """Answer a token request. Raises an ``OAuthError``."""
    claimed = read_credentials(parameters, authorization)
    audience = parameters.get("resource", "")
    client = await _read(database, tenant_id, claimed.client_id, audience)
    _authenticate(client, claimed, tenant_id=tenant_id, keyring=keyring, now=clock.now())
    _require_grant_type(client, parameters)
    if parameters.get("organization_id"):
        # No application belongs to an organization here, so it is never one that asks.
        raise AccessDenied("app has not associated with the organization")
    if not audience:
        raise InvalidTarget("both `resource` and `organization_id` are not provided")
    if client.granted is None:
        raise InvalidTarget
    wanted = parameters.get("scope", "").split()
    given = [word for word in dict.fromkeys(wanted) if word in client.granted.scopes]
    scope = " ".join(given) or None
    token = await tokens.issue(
        tenant_id=tenant_id,
        issuer=issuer,
        client_id=claimed.client_id,
        audience=audience,
        scope=scope,
        lifetime=client.granted.lifetime,
    )
    return Grant(access_token=token, scope=scope, expires_in=client.granted.lifetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """Who asks, as stored, and what it may do with the resource; ``None`` for an unknown one."""

    row: applications.ApplicationRow | None
    secrets: Sequence[applications.SecretRow] = field(repr=False)
    granted: Granted | None


async def _read(database: Database, tenant_id: str, client_id: str, audience: str) -> _Client:
    async def work(tx: Transaction) -> _Client:
        return _Client(
            row=await applications.get(tx, tenant_id, client_id),
            secrets=await applications.secrets(tx, tenant_id, client_id),
            granted=await resources.granted(tx, tenant_id, audience, client_id),
        )

    return await database.read(work)


def _authenticate(
    client: _Client, claimed: Credentials, *, tenant_id: str, keyring: Keyring, now: int
) -> None:
    """Any secret that has not expired opens.

    Raises ``UnknownClient``, ``InvalidClient``, or ``InvalidOAuthRequest`` for a secret that has.
    """
    row = client.row
    if row is None:
        # RFC 6749 §5.2 wants 401 for who used the header, which the reference does not answer.
        kind = InvalidClient if claimed.by_header else UnknownClient
        raise kind(f"invalid client {claimed.client_id}")
    context = secret_context(tenant_id, row.id)
    secret = claimed.secret.encode()
    matches = [
        entry for entry in client.secrets if same(keyring.open(entry.value_sealed, context), secret)
    ]
    if any(entry.expires_at is None or entry.expires_at > now for entry in matches):
        return
    if matches:
        raise InvalidOAuthRequest("client secret has expired")
    raise InvalidClient


def _require_grant_type(client: _Client, parameters: Mapping[str, str]) -> None:
    asked = parameters.get("grant_type")
    if not asked:
        raise InvalidOAuthRequest("missing required parameter 'grant_type'")
    assert client.row is not None
    if asked != "client_credentials" or client.row.type != MACHINE_TO_MACHINE:
        raise UnsupportedGrantType


def secret_context(tenant_id: str, application_id: str) -> str:
    """What an application's sealed secrets are bound to."""
    return f"application_secrets/{tenant_id}/{application_id}"
