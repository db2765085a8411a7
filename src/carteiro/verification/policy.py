"""How long a code lives and how many wrong tries it bears, and what a mail says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

DEFAULT_LIFETIME = 600
DEFAULT_MAX_TRIES = 10
FAILURE_WINDOW = 86_400_000
"""Milliseconds over which an identifier's wrong tries add up."""
MIN_FAILURE_BUDGET = 20
MAX_FAILURE_BUDGET = 100
"""NIST SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures for one account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePolicy:
    """The policy in force. It is read when a code is redeemed, so a change reaches waiting codes.

    ``lifetime`` is in seconds. ``max_tries`` is how many wrong tries one code answers.
    """

    lifetime: int = DEFAULT_LIFETIME
    max_tries: int = DEFAULT_MAX_TRIES

    @property
    def failure_budget(self) -> int:
        """Wrong tries that one identifier has in a day, over all codes: a resend adds none.

        Two full codes' worth, so that somebody who mistypes and asks again is not locked out, and
        never more than the ceiling.
        """
        return min(max(2 * self.max_tries, MIN_FAILURE_BUDGET), MAX_FAILURE_BUDGET)

    def expires_at(self, created_at: int) -> int:
        """When a code made at ``created_at`` dies; both in milliseconds since the epoch."""
        return created_at + self.lifetime * 1000

    def variables(self, created_at: int) -> dict[str, Any]:
        """What a template may say about the code's life, always from the policy in force."""
        times = time_variables(self.lifetime, self.expires_at(created_at))
        return {**times, "maxRetryAttempts": self.max_tries}


def time_variables(seconds: int, expires_at: int) -> dict[str, Any]:
    """What a template may say of a time that is left; ``expires_at`` is in milliseconds.

    Minutes are whole ones, so that nobody is told of more than there is; there is always one.
    """
    return {
        "expiresInMinutes": max(seconds // 60, 1),
        "expiresInSeconds": seconds,
        "expiresAt": _written(expires_at // 1000),
    }


@lru_cache(maxsize=64)
def _written(second: int) -> str:
    """A time as templates show it; many codes are made in one second."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def code_policy(settings: Mapping[str, Any]) -> CodePolicy:
    """Read the wire's ``verificationCodePolicy``; what it leaves out has its default."""
    return CodePolicy(
        lifetime=settings.get("expirationDuration") or DEFAULT_LIFETIME,
        max_tries=settings.get("maxRetryAttempts") or DEFAULT_MAX_TRIES,
    )
