"""A client's own signed word for who it is (RFC 7523 §3, OpenID Connect Core §9).

The algorithm decides the kind of key: a shared one is only ever a secret of the client's, a pair
only ever one of its registered public keys, so that neither can be taken for the other.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, OctKey
from joserfc.jws import JWSRegistry

from carteiro.oidc.errors import InvalidClient, InvalidOAuthRequest

SYMMETRIC = ("HS256",)
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
ALGORITHMS = (*SYMMETRIC, *ASYMMETRIC)
"""As discovery names them."""
_LONGEST = 3600
"""Seconds for which an assertion may be good: as long as it is remembered not to come twice."""
_LONGEST_SUBJECT = 128
_MOST_KEYS = 20
"""Keys of a client that one assertion is tried with."""
_EDWARDS = ("OKP", "Ed25519")
_KINDS = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "Ed25519": _EDWARDS,
    "EdDSA": _EDWARDS,
}
"""Type and curve of the keys that sign so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One that is right; ``place`` is the secret that it was signed with, if it was one."""

    jti: str
    expires_at: int
    """Milliseconds since the epoch."""
    place: int | None = None


_SKEW = 15
"""Seconds by which clocks may differ."""
_BAD_FORMAT = "invalid client_assertion format"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def unverified_subject(assertion: str) -> str:
    """Whom an assertion speaks of. Raises ``InvalidOAuthRequest``."""
    subject = _part(assertion, 1).get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise InvalidOAuthRequest(_BAD_FORMAT)
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
    return _signed_by_a_key(assertion, jwks or {}), None


def _signed_by_a_key(assertion: str, jwks: Mapping[str, Any]) -> Mapping[str, Any]:
    """What it says, if one of the client's keys has signed it. Raises ``InvalidClient``.

    Without a ``kid`` each key counts that signs so (RFC 7515 §4.1.4 leaves it out as it likes).
    """
    header = _part(assertion, 0)
    for key in _fitting(jwks.get("keys"), header.get("alg"), header.get("kid")):
        try:
            public = {name: value for name, value in key.items() if name != "alg"}
            return jwt.decode(assertion, JWKRegistry.import_key(public), registry=_SIGNED).claims
        except (JoseError, ValueError, TypeError):
            continue
    raise InvalidClient


def _fitting(keys: Any, alg: Any, kid: Any) -> Iterator[dict[str, Any]]:
    """Of the keys that an application has registered those that may have signed."""
    if alg not in ASYMMETRIC or not isinstance(keys, list):
        return
    fitting = (
        key
        for key in keys
        if isinstance(key, dict)
        and (key.get("kty"), key.get("crv")) == _KINDS[alg]
        and key.get("use", "sig") == "sig"
        and _modern(key.get("alg", alg)) == _modern(alg)
        and (kid is None or kid == _name_of(key))
    )
    yield from islice(fitting, _MOST_KEYS)


def _name_of(key: Mapping[str, Any]) -> str | None:
    """A key's ``kid``; of one that has none its thumbprint, as clients name it then."""
    named = key.get("kid")
    if named is not None:
        return str(named)
    try:
        return JWKRegistry.import_key(dict(key)).thumbprint()
    except (JoseError, ValueError, TypeError):
        return None


def _modern(alg: Any) -> Any:
    return "Ed25519" if alg == "EdDSA" else alg


class _Signatures(JWSRegistry):
    """Reads the old name of a signature (RFC 9864) as the one that says the curve."""

    def get_alg(self, name: str) -> Any:
        return super().get_alg(_modern(name))


_SIGNED = _Signatures(algorithms=ASYMMETRIC)


def _part(assertion: str, place: int) -> Mapping[str, Any]:
    """The header or the claims, unverified; texts in it can be stored and looked up.

    Raises ``InvalidOAuthRequest``.
    """
    try:
        text = assertion.split(".")[place]
        # Python passes over padding that is too much.
        part = json.loads(base64.urlsafe_b64decode(f"{text}=="))
        written = json.dumps(part, ensure_ascii=False).encode()
    except (IndexError, binascii.Error, ValueError, RecursionError) as error:
        raise InvalidOAuthRequest(_BAD_FORMAT) from error
    if not isinstance(part, dict) or _NUL.search(written):
        raise InvalidOAuthRequest(_BAD_FORMAT)
    return part


def _time(value: Any) -> float:
    """A time of a claim. Raises ``InvalidClient`` for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidClient
    return value
