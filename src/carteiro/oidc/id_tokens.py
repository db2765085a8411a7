"""Id tokens, signed with the tenant's key (OpenID Connect Core §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt

from carteiro.oidc.keys import ALGORITHM, TenantKeys


def sign_id_token(keys: TenantKeys, claims: Mapping[str, Any]) -> str:
    """Sign the claims as they are."""
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": keys.signing.kid}
    return jwt.encode(header, dict(claims), keys.signing, algorithms=[ALGORITHM])
