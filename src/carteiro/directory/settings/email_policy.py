"""Which addresses may register or be bound (management API §3.9): lists, and throw-away domains."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from carteiro.directory.settings.disposable import is_disposable
from carteiro.errors import EmailNotAllowed, EmailSubaddressingNotAllowed, InvalidBlocklistEmail
from carteiro.model.addresses import address_key, readable_key

_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def require_allowed(email: str, policy: Mapping[str, Any], *, disposable: bool = True) -> None:
    """Refuse an address that the tenant does not want, by the first rule that says so.

    Without ``disposable``, domains where nobody keeps a mailbox are refused, too. Raises
    ``InvalidBlocklistEmail``, ``EmailSubaddressingNotAllowed`` or ``EmailNotAllowed``.
    """
    local, _, domain = email.rpartition("@")
    if not local or not domain:
        raise InvalidBlocklistEmail
    if policy.get("blockSubaddressing") and "+" in local:
        raise EmailSubaddressingNotAllowed
    allowed = policy.get("customAllowlist") or []
    if allowed and not _matches(email, allowed):
        raise EmailNotAllowed
    if _matches(email, policy.get("customBlocklist") or []):
        raise EmailNotAllowed
    if not disposable and is_disposable(domain):
        raise EmailNotAllowed


def _matches(email: str, items: Sequence[str]) -> bool:
    key = address_key(email)
    # A pattern may be of a domain as people write it, or as the DNS does.
    spellings = {_plain(key), _plain(readable_key(key))}
    return any(_pattern(item).fullmatch(plain) for item in items for plain in spellings)


@lru_cache(maxsize=1024)
def _pattern(item: str) -> re.Pattern[str]:
    """``@domain`` is anybody there; a star is any text."""
    text = _plain(address_key(item if not item.startswith("@") else f"*{item}"))
    return re.compile("[^@]*".join(re.escape(part) for part in re.split(r"\*+", text)))


def _plain(key: str) -> str:
    """Gmail's two domains are one, and dots in its local part say nothing."""
    local, _, domain = key.rpartition("@")
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"
