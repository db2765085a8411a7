"""Proof Key for Code Exchange (RFC 7636), ``S256`` only."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from carteiro.oidc.errors import InvalidOAuthRequest
from carteiro.secrets import same

_VALUE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def read_challenge(parameters: Mapping[str, str], *, required: bool) -> str | None:
    """The challenge of an authorization request. Raises ``InvalidOAuthRequest``."""
    challenge = parameters.get("code_challenge") or None
    method = parameters.get("code_challenge_method") or None
    if challenge is None:
        if method is not None:
            raise InvalidOAuthRequest("code_challenge must be provided with code_challenge_method")
        if required:
            raise InvalidOAuthRequest(
                "Authorization Server policy requires PKCE to be used for this request"
            )
        return None
    if method is None:
        raise InvalidOAuthRequest(
            "plain code_challenge_method fallback disabled, code_challenge_method must be provided"
        )
    if method != "S256":
        raise InvalidOAuthRequest("not supported value of code_challenge_method")
    if not _VALUE.fullmatch(challenge):
        raise InvalidOAuthRequest("code_challenge must be 43 to 128 unreserved characters")
    return challenge


def proves(verifier: str | None, challenge: str | None) -> bool:
    """Whether a verifier belongs to the challenge; where there is none there may be neither."""
    if challenge is None or not verifier:
        return challenge is None and not verifier
    if not _VALUE.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return same(wanted, challenge.encode())
