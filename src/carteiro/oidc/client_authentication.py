"""How an application says who it is: by HTTP Basic or in the body (RFC 6749 §2.3.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from carteiro.oidc.errors import InvalidOAuthRequest

_BAD_HEADER = "invalid authorization header value format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who an application says it is; nothing of it is checked yet."""

    client_id: str
    secret: str = field(repr=False)
    by_header: bool


def read_credentials(parameters: Mapping[str, str], authorization: str | None) -> Credentials:
    """Read them. Raises ``InvalidOAuthRequest`` for none, two at once, or a malformed header."""
    if authorization is None:
        client_id = parameters.get("client_id", "")
        if not client_id:
            raise InvalidOAuthRequest("no client authentication mechanism provided")
        secret = parameters.get("client_secret", "")
        return Credentials(client_id=client_id, secret=secret, by_header=False)
    client_id, secret = _basic(authorization)
    if parameters.get("client_id", client_id) != client_id:
        raise InvalidOAuthRequest("client_id mismatch")
    if "client_secret" in parameters:
        raise InvalidOAuthRequest("client authentication must only be provided using one mechanism")
    return Credentials(client_id=client_id, secret=secret, by_header=True)


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
