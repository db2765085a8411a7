"""What requests prove themselves with: a user and a password, or a signature and its date."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache


def basic_credentials(user: str, password: str) -> str:
    """What follows ``Basic`` in the ``Authorization`` header (RFC 7617 §2): as secret as they."""
    return _base64(f"{user}:{password}".encode())


def sha256_base64(data: bytes) -> str:
    """The SHA-256 of some bytes."""
    return _base64(hashlib.sha256(data).digest())


def hmac_base64(key: bytes, text: str, algorithm: str = "sha256") -> str:
    """The HMAC (RFC 2104) of a text; ``algorithm`` is a name of ``hashlib``."""
    return _base64(hmac.digest(key, text.encode(), algorithm))


@lru_cache(maxsize=2)
def http_date(second: int) -> str:
    """A time as HTTP writes it (RFC 9110 §5.6.7); many requests are signed in one second."""
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
