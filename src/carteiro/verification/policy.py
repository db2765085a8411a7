"""How long a code lives and how many wrong tries it bears, and what a mail says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from carteiro import secrets
from carteiro.secrets import CODE_LETTERS

DEFAULT_LIFETIME = 600
DEFAULT_MAX_TRIES = 10
FAILURE_WINDOW = 86_400_000
"""Milliseconds over which an identifier's wrong tries add up."""
MIN_FAILURE_BUDGET = 20
MAX_FAILURE_BUDGET = 100
"""NIST SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures for one account."""
SHORTEST_CODE = 6
LONGEST_CODE = 12
FIRST_DELAY = 30_000
LONGEST_DELAY = 3_600_000
"""Milliseconds between two tries near the ceiling: NIST SP 800-63B-4 §3.2.2 names 30 s to 1 h."""
_NEVER = 2**15


class Alphabet(StrEnum):
    """What codes are made of."""

    DIGITS = "digits"
    LETTERS = "letters"
    """Twenty capital letters that nobody mistakes; typed in either case."""

    @property
    def size(self) -> int:
        """How many different characters there are."""
        return len(CODE_LETTERS) if self is Alphabet.LETTERS else 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePolicy:
    """The policy in force. It is read when a code is redeemed, so a change reaches waiting codes.

    ``lifetime`` is in seconds. ``max_tries`` is how many wrong tries one code answers,
    ``failures_per_day`` how many an identifier has over all its codes, where that is set. After
    ``delay_after`` of them each further try has to wait; ``None`` delays nothing.

    >>> from carteiro import CodePolicy
    >>> CodePolicy(lifetime=300, max_tries=5, length=8).expires_at(1_700_000_000_000)
    1700000300000
    """

    lifetime: int = DEFAULT_LIFETIME
    max_tries: int = DEFAULT_MAX_TRIES
    alphabet: Alphabet = Alphabet.DIGITS
    length: int = SHORTEST_CODE
    failures_per_day: int | None = None
    delay_after: int | None = None

    @property
    def combinations(self) -> int:
        """How many different codes there are."""
        combinations: int = self.alphabet.size**self.length
        return combinations

    @property
    def failure_budget(self) -> int:
        """Wrong tries that one identifier has in a day, over all codes: a resend adds none.

        Unless it is set: two full codes' worth, so that somebody who mistypes and asks again is not
        locked out, and never more than the ceiling.
        """
        if self.failures_per_day is not None:
            return self.failures_per_day
        return min(max(2 * self.max_tries, MIN_FAILURE_BUDGET), MAX_FAILURE_BUDGET)

    @property
    def delays_from(self) -> int:
        """The number of wrong tries from which on the next one has to wait."""
        return _NEVER if self.delay_after is None else self.delay_after

    def delay(self, failures: int) -> int:
        """Milliseconds that must pass between the last wrong try and the next, after so many.

        30 seconds, then twice as long each time, an hour at most.
        """
        over = failures - self.delays_from
        return 0 if over < 0 else min(FIRST_DELAY << min(over, 16), LONGEST_DELAY)

    def expires_at(self, created_at: int) -> int:
        """When a code made at ``created_at`` dies; both in milliseconds since the epoch."""
        return created_at + self.lifetime * 1000

    def variables(self, created_at: int) -> dict[str, Any]:
        """What a template may say about the code's life, always from the policy in force."""
        times = time_variables(self.lifetime, self.expires_at(created_at))
        return {**times, "maxRetryAttempts": self.max_tries}


def draw(policy: CodePolicy) -> str:
    """A fresh code as the policy wants it: every one as likely as any other."""
    if policy.alphabet is Alphabet.LETTERS:
        return secrets.letter_code(policy.length)
    return secrets.numeric_code(policy.length)


def sample_code(policy: CodePolicy) -> str:
    """What a code looks like: always the same one, which nobody issues or stores."""
    letters = policy.alphabet is Alphabet.LETTERS
    return ("KWRTNPXBZDHL" if letters else "042137042137")[: policy.length]


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


def code_policy(
    settings: Mapping[str, Any], protection: Mapping[str, Any] | None = None
) -> CodePolicy:
    """Read the wire's ``verificationCodePolicy`` and the tenant's ``protection``.

    What they leave out has its default.
    """
    protection = protection or {}
    return CodePolicy(
        lifetime=settings.get("expirationDuration") or DEFAULT_LIFETIME,
        max_tries=settings.get("maxRetryAttempts") or DEFAULT_MAX_TRIES,
        alphabet=Alphabet(protection.get("codeAlphabet") or Alphabet.DIGITS),
        length=protection.get("codeLength") or SHORTEST_CODE,
        failures_per_day=protection.get("failuresPerDay"),
        delay_after=protection.get("delayAfter"),
    )
