"""The client-credentials grant (RFC 6749 §4.4) for machine-to-machine applications."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import unquote_plus

from carteiro.clock import Clock
from carteiro.errors import CarteiroError
from carteiro.oidc.tokens import LIFETIME, AccessTokens
from carteiro.secrets import Keyring, same
from carteiro.storage import applications, resources
from carteiro.storage.database import Database, Transaction
from carteiro.storage.resources import Granted

MACHINE_TO_MACHINE = "MachineToMachine"


class OAuthError(CarteiroError):
    """An error in OAuth's own words (RFC 6749 §5.2): ``error`` and ``error_description``."""

    error: ClassVar[str] = "invalid_request"
    code = "oidc.invalid_request"


class InvalidOAuthRequest(OAuthError):
    """The request lacks a parameter or repeats one."""

    error = "invalid_request"
    code = "oidc.invalid_request"
    summary = "request is invalid"


class InvalidClient(OAuthError):
    """The application or its secret is wrong."""

    error = "invalid_client"
    code = "oidc.invalid_client"
    summary = "client authentication failed"


class UnsupportedGrantType(OAuthError):
    """The grant is not one that this provider has."""

    error = "unsupported_grant_type"
    code = "oidc.unsupported_grant_type"
    summary = "unsupported grant_type requested"


class InvalidTarget(OAuthError):
    """The resource is missing or unknown (RFC 8707)."""

    error = "invalid_target"
    code = "oidc.invalid_target"
    summary = "resource indicator is missing, or unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer: a bearer token and what it is good for."""

    access_token: str
    scope: str
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
    if "grant_type" not in parameters:
        raise InvalidOAuthRequest("missing required parameter(s) 'grant_type'")
    if parameters["grant_type"] != "client_credentials":
        raise UnsupportedGrantType
    client_id, secret = _credentials(parameters, authorization)
    audience = parameters.get("resource", "")
    client = await _read(database, tenant_id, client_id, audience)
    _authenticate(client, secret, tenant_id=tenant_id, keyring=keyring, now=clock.now())
    if client.granted is None:
        raise InvalidTarget
    wanted = parameters.get("scope", "").split()
    scope = " ".join(word for word in dict.fromkeys(wanted) if word in client.granted.scopes)
    token = await tokens.issue(
        tenant_id=tenant_id,
        issuer=issuer,
        client_id=client_id,
        audience=audience,
        scope=scope,
        lifetime=client.granted.lifetime,
    )
    return Grant(access_token=token, scope=scope, expires_in=client.granted.lifetime)


def _credentials(parameters: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    if authorization and authorization[:6].lower() == "basic ":
        try:
            pair = base64.b64decode(authorization[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidOAuthRequest("invalid authorization header value format") from error
        client_id, separator, secret = pair.partition(":")
        if not separator:
            raise InvalidOAuthRequest("invalid authorization header value format")
        # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        return unquote_plus(client_id), unquote_plus(secret)
    try:
        return parameters["client_id"], parameters["client_secret"]
    except KeyError as error:
        raise InvalidClient("client authentication must be provided") from error


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
    client: _Client, secret: str, *, tenant_id: str, keyring: Keyring, now: int
) -> None:
    """Any secret that has not expired opens. Raises ``InvalidClient``, ``UnsupportedGrantType``."""
    row = client.row
    live = [entry for entry in client.secrets if entry.expires_at is None or entry.expires_at > now]
    context = secret_context(tenant_id, row.id if row else "")
    known = [keyring.open(entry.value_sealed, context) for entry in live]
    if row is None or not any([same(value, secret.encode()) for value in known]):  # noqa: C419 - all compared, whichever matches
        raise InvalidClient
    if row.type != MACHINE_TO_MACHINE:
        raise UnsupportedGrantType


def secret_context(tenant_id: str, application_id: str) -> str:
    """What an application's sealed secrets are bound to."""
    return f"application_secrets/{tenant_id}/{application_id}"
