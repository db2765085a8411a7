"""How an application says who it is: by HTTP Basic, in the body, or by an assertion.

RFC 6749 §2.3.1, OpenID Connect Core §9, RFC 7523 §3.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from carteiro.oidc.client_assertions import unverified_subject
from carteiro.oidc.errors import InvalidOAuthRequest

_BAD_HEADER = "invalid authorization header value format"
_ONE_WAY = "client authentication must only be provided using one mechanism"
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who an application says it is; nothing of it is checked yet."""

    client_id: str
    secret: str = field(repr=False)
    by_header: bool
    assertion: str | None = field(default=None, repr=False)
    """A token that the application has signed, in place of a secret."""


def read_credentials(parameters: Mapping[str, str], authorization: str | None) -> Credentials:
    """Read them. Raises ``InvalidOAuthRequest`` for none, two at once, or a malformed header.

    A parameter without a value is as good as none (RFC 6749 §3.2).
    """
    assertion = parameters.get("client_assertion")
    if assertion:
        return _by_assertion(parameters, authorization, assertion)
    if authorization is None:
        client_id = parameters.get("client_id")
        if not client_id:
            raise InvalidOAuthRequest("no client authentication mechanism provided")
        secret = parameters.get("client_secret", "")
        return Credentials(client_id=client_id, secret=secret, by_header=False)
    client_id, secret = _basic(authorization)
    if (parameters.get("client_id") or client_id) != client_id:
        raise InvalidOAuthRequest("client_id mismatch")
    if parameters.get("client_secret"):
        raise InvalidOAuthRequest(_ONE_WAY)
    return Credentials(client_id=client_id, secret=secret, by_header=True)


def _by_assertion(
    parameters: Mapping[str, str], authorization: str | None, assertion: str
) -> Credentials:
    """Who it says it is, before the signature is looked at."""
    if authorization is not None or parameters.get("client_secret"):
        raise InvalidOAuthRequest(_ONE_WAY)
    if parameters.get("client_assertion_type") != _JWT_BEARER:
        raise InvalidOAuthRequest(f"client_assertion_type must have value {_JWT_BEARER}")
    client_id = unverified_subject(assertion)
    if (parameters.get("client_id") or client_id) != client_id:
        raise InvalidOAuthRequest("subject of client_assertion must be the same as client_id")
    return Credentials(client_id=client_id, secret="", by_header=False, assertion=assertion)


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.strip().partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidOAuthRequest(_BAD_HEADER) from error
    client_id, separator, secret = pair.partition(":")
    # Both halves are form-encoded before they are joined.
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if scheme.lower() != "basic" or not separator or "\0" in client_id + secret:
        raise InvalidOAuthRequest(_BAD_HEADER)
    return client_id, secret
