"""The same verification with joserfc: `verified(statement, jwks, ...)`, in place of PyJWT."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidTokenError
from joserfc.jwk import KeySet


def verified(
    statement: str, jwks: Mapping[str, Any], *, issuer: str, app_id: str
) -> dict[str, Any]:
    """The claims of a statement that is one, is fresh, and is for this application."""
    read = jwt.decode(statement, KeySet.import_key_set(dict(jwks)), algorithms=["ES384"])
    if read.header.get("typ") != "confirmation+jwt":
        raise InvalidTokenError("this is another kind of token")
    rules = jwt.JWTClaimsRegistry(
        now=int(time.time()),
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": app_id},
        exp={"essential": True},
        sub={"essential": True},
        jti={"essential": True},
    )
    rules.validate(read.claims)
    return dict(read.claims)
