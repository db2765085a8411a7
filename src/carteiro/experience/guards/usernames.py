"""Which user names a tenant takes (sign-in details §0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carteiro.errors import (
    UsernameInvalidCharset,
    UsernameLowercaseNotAllowed,
    UsernameNumbersNotAllowed,
    UsernameStartsWithNumber,
    UsernameTooLong,
    UsernameTooShort,
    UsernameUnderscoreNotAllowed,
    UsernameUppercaseNotAllowed,
)

_WORD = re.compile(r"[A-Za-z0-9_]*")
_SHORTEST, _LONGEST = 1, 128
_PARTS = (
    ("uppercase", re.compile("[A-Z]"), UsernameUppercaseNotAllowed),
    ("lowercase", re.compile("[a-z]"), UsernameLowercaseNotAllowed),
    ("numbers", re.compile("[0-9]"), UsernameNumbersNotAllowed),
    ("underscore", re.compile("_"), UsernameUnderscoreNotAllowed),
)


def require_username(name: str, policy: Mapping[str, Any]) -> None:
    """Refuse a new user name by the first rule that it breaks (a ``UsernameRefused``).

    ``policy`` is the setting as it is stored; what it leaves out is 1 to 128 characters of all
    kinds.
    """
    if name[:1].isascii() and name[:1].isdigit():
        raise UsernameStartsWithNumber
    if not _WORD.fullmatch(name):
        raise UsernameInvalidCharset
    shortest, longest = bounds_of(policy)
    if len(name) < shortest:
        raise UsernameTooShort(data={"min": shortest})
    if len(name) > longest:
        raise UsernameTooLong(data={"max": longest})
    allowed = letters_of(policy)
    for part, letters, problem in _PARTS:
        if part not in allowed and letters.search(name):
            raise problem


def bounds_of(policy: Mapping[str, Any]) -> tuple[int, int]:
    """How short and how long a name may be."""
    return policy.get("minLength") or _SHORTEST, policy.get("maxLength") or _LONGEST


def letters_of(policy: Mapping[str, Any]) -> list[str]:
    """What a name may be made of, as the policy's members are called."""
    allowed = policy.get("allowedChars") or {}
    return [part for part, _, _ in _PARTS if allowed.get(part, True)]


def is_case_sensitive(policy: Mapping[str, Any]) -> bool:
    """Whether ``bob`` and ``BOB`` are two people."""
    return bool(policy.get("caseSensitive", True))
