"""When an identifier is locked, for how long, and what counts as the same one.

Failures of a password, of a code and of a one-time token share one budget: so many in any hour,
then nothing is let through for a while. A success forgives nothing. What is locked is the
identifier, whether somebody has it or not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carteiro.errors import InvalidAddress, TooManyAttempts, ValueTooLong
from carteiro.model.addresses import address_key
from carteiro.model.phones import parse_phone
from carteiro.secrets import Keyring

HOUR = 3_600_000
_MINUTE = 60_000
_ATTEMPTS = 100
_MOST_ATTEMPTS = 1000
_MINUTES = 60
_MOST_MINUTES = 365 * 24 * 60


class IdentifierKind(StrEnum):
    """By what somebody is named, in the words of the webhook."""

    EMAIL = "email"
    PHONE = "phone"
    USERNAME = "username"
    USER_ID = "userId"
    """Of somebody who is signed in already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """Whom somebody says to be, as typed."""

    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutPolicy:
    """``attempts`` failures in an hour lock for ``duration`` milliseconds."""

    attempts: int
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """An identifier is locked for ``remaining`` milliseconds."""

    remaining: int

    def error(self) -> TooManyAttempts:
        """What the person is told instead of how the try went."""
        minutes = max(1, math.ceil(self.remaining / _MINUTE))
        text = f"{TooManyAttempts.summary} Try again in {minutes} minute{'s' * (minutes > 1)}."
        return TooManyAttempts(text, retry_after=self.remaining / 1000)


def lockout_policy(stored: Mapping[str, Any] | None) -> LockoutPolicy:
    """Read ``sentinelPolicy``; what it leaves out is 100 attempts and 60 minutes.

    The setting has no bounds on the wire. Here one attempt is the least and a thousand are the
    most.
    """
    stored = stored or {}
    attempts = _within(stored.get("maxAttempts"), _ATTEMPTS, 1, _MOST_ATTEMPTS)
    minutes = _within(stored.get("lockoutDuration"), _MINUTES, 0, _MOST_MINUTES)
    return LockoutPolicy(attempts=math.ceil(attempts), duration=int(minutes * _MINUTE))


def lockout_hash(keys: Keyring, tenant_id: str, identifier: Identifier) -> str:
    """Under which an identifier's failures are kept: the same for all its spellings."""
    value = identifier.value
    match identifier.kind:
        case IdentifierKind.EMAIL:
            key = address_key(value)
        case IdentifierKind.PHONE:
            key = _phone_key(value)
        case IdentifierKind.USERNAME:
            key = value.lower()
        case IdentifierKind.USER_ID:
            return _digest(keys, tenant_id, "user", value)
    return _digest(keys, tenant_id, "identifier", key)


def account_hash(keys: Keyring, tenant_id: str, account: str) -> str:
    """Under which the failed passwords of an account are kept, by whatever it was named."""
    return _digest(keys, tenant_id, "account", account)


def lockout_hashes(keys: Keyring, tenant_id: str, value: str) -> list[str]:
    """Every hash that a value can be kept under, whatever kind of identifier it is."""
    found = {
        lockout_hash(keys, tenant_id, Identifier(kind=kind, value=value)) for kind in IdentifierKind
    }
    return sorted({*found, account_hash(keys, tenant_id, value)})


def _digest(keys: Keyring, tenant_id: str, kind: str, key: str) -> str:
    return keys.index_digest("lockout", tenant_id, kind, key)


def _phone_key(value: str) -> str:
    try:
        return parse_phone(value).key
    except (InvalidAddress, ValueTooLong):
        return value


def _within(value: float | None, default: int, least: int, most: int) -> float:
    if value is None or math.isnan(value):
        return default
    return min(max(value, least), most)
