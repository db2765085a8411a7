"""One way of writing a JSON value, so that equal values have equal hashes (RFC 8785).

Numbers are whole and within ±(2^53-1): for others every language would need ECMAScript's own way
of writing them. An amount is a text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

_MOST = 2**53 - 1


class NotCanonical(ValueError):
    """The value cannot be written so that everybody writes it alike; it says why."""


def canonical(value: Any) -> bytes:
    """A value as RFC 8785 §3 writes it. Raises ``NotCanonical``."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotCanonical("A text has half a character in it.") from None


def hash_of(value: Any) -> str:
    """SHA-256 of the canonical form, in base64url without padding. Raises ``NotCanonical``."""
    digest = hashlib.sha256(canonical(value)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _ordered(value: Any) -> Any:
    """Members by their UTF-16 code units (§3.2.3); the caller has capped the depth."""
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if isinstance(value, float) or (type(value) is int and abs(value) > _MOST):
        raise NotCanonical("Numbers are whole and below 2^53: write an amount as a text.")
    return value
