"""Id and logout tokens, signed with the tenant's key (OpenID Connect Core §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt

from carteiro.oidc.keys import ALGORITHM, TenantKeys


def sign_id_token(keys: TenantKeys, claims: Mapping[str, Any]) -> str:
    """Sign the claims as they are."""
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": keys.signing.kid}
    return jwt.encode(header, dict(claims), keys.signing, algorithms=[ALGORITHM])


_SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_SECONDS = 120


def sign_logout_token(
    keys: TenantKeys,
    *,
    issuer: str,
    client_id: str,
    subject: str,
    sid: str | None,
    jti: str,
    now: int,
) -> str:
    """Tell an application that somebody has signed out (Back-Channel Logout 1.0 §2.4)."""
    header = {"alg": ALGORITHM, "typ": "logout+jwt", "kid": keys.signing.kid}
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": now,
        "exp": now + _LOGOUT_SECONDS,
        "jti": jti,
        "events": {_SIGNED_OUT: {}},
        **({} if sid is None else {"sid": sid}),
    }
    return jwt.encode(header, claims, keys.signing, algorithms=[ALGORITHM])
