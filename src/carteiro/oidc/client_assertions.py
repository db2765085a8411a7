"""A client's own signed word for who it is (RFC 7523 §3, OpenID Connect Core §9).

The algorithm decides the kind of key: a shared one is only ever a secret of the client's, a pair
only ever one of its registered public keys, so that neither can be taken for the other.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from carteiro.oidc.errors import InvalidClient, InvalidOAuthRequest

SYMMETRIC = ("HS256",)
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
ALGORITHMS = (*SYMMETRIC, *ASYMMETRIC)
"""As discovery names them."""
_LONGEST = 3600
"""Seconds for which an assertion may be good: as long as it is remembered not to come twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One that is right; ``place`` is the secret that it was signed with, if it was one."""

    jti: str
    expires_at: int
    """Milliseconds since the epoch."""
    place: int | None = None


_SKEW = 15
"""Seconds by which clocks may differ."""


def unverified_subject(assertion: str) -> str:
    """Whom an assertion speaks of. Raises ``InvalidOAuthRequest``."""
    subject = _part(assertion, 1).get("sub")
    if not isinstance(subject, str) or not subject:
        raise InvalidOAuthRequest("invalid client_assertion format")
    return subject


def verify_assertion(
    assertion: str,
    *,
    client_id: str,
    audiences: Sequence[str],
    secrets: Sequence[bytes],
    jwks: Mapping[str, Any] | None,
    now: int,
) -> Assertion:
    """Check signature and claims; ``now`` is in milliseconds. Raises ``InvalidClient``."""
    claims, place = _claims(assertion, secrets, jwks)
    jti, audience = claims.get("jti"), claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    seconds = now // 1000
    ends = _time(claims.get("exp"))
    right = (
        claims.get("iss") == client_id
        and claims.get("sub") == client_id
        and any(name in audiences for name in named)
        and bool(jti)
        and isinstance(jti, str)
        and seconds < ends <= seconds + _LONGEST
        and all(_time(claims.get(name, 0)) <= seconds + _SKEW for name in ("nbf", "iat"))
    )
    if not right:
        raise InvalidClient
    return Assertion(jti=str(jti), expires_at=int(1000 * ends), place=place)


def _claims(
    assertion: str, secrets: Sequence[bytes], jwks: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any], int | None]:
    if _part(assertion, 0).get("alg") in SYMMETRIC:
        for place, secret in enumerate(secrets):
            try:
                read = jwt.decode(assertion, OctKey.import_key(secret), algorithms=[*SYMMETRIC])
            except (JoseError, ValueError):
                continue
            return read.claims, place
        raise InvalidClient
    if jwks is None:
        raise InvalidClient
    try:
        keys = KeySet.import_key_set({"keys": list(jwks["keys"])})
        return jwt.decode(assertion, keys, algorithms=[*ASYMMETRIC]).claims, None
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise InvalidClient from error


def _part(assertion: str, place: int) -> Mapping[str, Any]:
    """The header or the claims, unverified. Raises ``InvalidOAuthRequest``."""
    try:
        text = assertion.split(".")[place]
        # Python passes over padding that is too much.
        part = json.loads(base64.urlsafe_b64decode(f"{text}=="))
    except (IndexError, binascii.Error, ValueError, RecursionError) as error:
        raise InvalidOAuthRequest("invalid client_assertion format") from error
    if not isinstance(part, dict):
        raise InvalidOAuthRequest("invalid client_assertion format")
    return part


def _time(value: Any) -> float:
    """A time of a claim. Raises ``InvalidClient`` for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidClient
    return value
