"""Custom headers whose value is an address: one that is none is refused when it is stored."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from pydantic_core import PydanticCustomError

from carteiro.errors import InvalidAddress
from carteiro.model.addresses import parse_address, parse_mailbox

_MAILBOX = frozenset(
    {
        "disposition-notification-to", "errors-to", "resent-from", "resent-reply-to",
        "resent-sender", "return-receipt-to", "x-confirm-reading-to",
    }
)  # fmt: skip
_LINKS = frozenset(
    {
        "list-archive", "list-help", "list-owner", "list-post", "list-subscribe",
        "list-unsubscribe",
    }
)  # fmt: skip
"""RFC 2369 §2: angle brackets around each URI, commas between them."""
_ONE = r"\s*<([^<>]*)>\s*(?:\([^()]*\)\s*)?"
_ALL = re.compile(f"{_ONE}(?:,{_ONE})*")
_EACH = re.compile(_ONE)


def require_addresses(name: str, value: str) -> None:
    """Refuse the value of such a header where it is no address. Raises ``PydanticCustomError``."""
    key = name.lower()
    try:
        if key in _MAILBOX:
            parse_mailbox(value)
        elif key in _LINKS and not (key == "list-post" and value.strip().upper() == "NO"):
            _require_links(value)
    except (InvalidAddress, ValueError):
        expected = "an address" if key in _MAILBOX else "<mailto:address> or <https://…>"
        raise PydanticCustomError(
            "custom", "{name}: expected {expected}", {"name": name, "expected": expected}
        ) from None


def _require_links(value: str) -> None:
    """Raises ``InvalidAddress`` or ``ValueError``."""
    if not _ALL.fullmatch(value):
        raise ValueError
    for uri in _EACH.findall(value):
        parts = urlsplit(uri.strip())
        if parts.scheme == "mailto":
            parse_address(unquote(parts.path, errors="strict"))
        elif parts.scheme not in {"http", "https"} or not parts.hostname or " " in uri.strip():
            raise ValueError
