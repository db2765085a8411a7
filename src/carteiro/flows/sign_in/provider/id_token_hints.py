"""Whom an ``id_token_hint`` names: a token of this tenant's, however old (OIDC Core §3.1.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError

from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.errors import InvalidOAuthRequest
from carteiro.oidc.keys import ALGORITHM, TenantKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a verified id token says: for which client, and of whom."""

    client_id: str
    subject: str
    sid: str | None = None


async def read_hint(visit: Visit, token: str) -> Hint:
    """Verify a hint. Raises ``InvalidOAuthRequest``."""
    return _verified(await visit.world.signing_keys.of(visit.tenant_id), visit.issuer, token)


async def hinted_person(visit: Visit, token: str | None) -> str | InvalidOAuthRequest | None:
    """Whom a hint names; ``None`` without one, and the error of one that cannot be verified.

    The error is the application's to be told, once it is known where.
    """
    return hinted_by(await visit.world.signing_keys.of(visit.tenant_id), visit.issuer, token)


def hinted_by(keys: TenantKeys, issuer: str, token: str | None) -> str | InvalidOAuthRequest | None:
    """The same, with the tenant's keys in hand: within a unit of work."""
    if not token:
        return None
    try:
        return _verified(keys, issuer, token).subject
    except InvalidOAuthRequest as error:
        return error


def _verified(keys: TenantKeys, issuer: str, token: str) -> Hint:
    try:
        read = jwt.decode(token, keys.verifying, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        raise InvalidOAuthRequest("could not validate id_token_hint") from error
    claims = read.claims
    audience, subject, sid = claims.get("aud"), claims.get("sub"), claims.get("sid")
    is_id_token = read.header.get("typ", "JWT") == "JWT"
    if not is_id_token or claims.get("iss") != issuer or not isinstance(subject, str):
        raise InvalidOAuthRequest("could not validate id_token_hint")
    if not isinstance(audience, str):
        raise InvalidOAuthRequest("could not validate id_token_hint")
    return Hint(client_id=audience, subject=subject, sid=sid if isinstance(sid, str) else None)
