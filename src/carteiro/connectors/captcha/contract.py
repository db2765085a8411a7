"""What a captcha provider is to the rest of the house: a question over HTTP, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from carteiro.connectors.http.client import HttpReply

LONGEST_TOKEN = 8192
"""Characters; the providers' own tokens have at most a few thousand."""
PASSING_SCORE = 0.5
"""From which score on a request is taken for a person's (sign-in details §2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A POST that asks whether a token is good."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the provider takes it for a person, and why not, in words that hold no secret."""

    passed: bool
    reason: str | None = None


class CaptchaProvider(Protocol):
    """A provider's module."""

    def question(self, config: Mapping[str, Any], token: str, ip: str | None, /) -> Question:
        """How to ask. ``ip`` is the person's address, where it is known."""
        ...

    def verdict(self, config: Mapping[str, Any], reply: HttpReply, /) -> Verdict:
        """What was said. Raises ``InvalidResponse`` where it cannot be read."""
        ...


def form(url: str, **fields: str | None) -> Question:
    """A question as a form, as most providers want it; what is ``None`` is left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Question(url=url, body=urlencode(given).encode(), headers=headers)


def members(value: Any) -> Mapping[str, Any]:
    """A JSON object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def scored(score: Any) -> Verdict:
    """A verdict by a score of 0 to 1; what only looks like one is none."""
    is_number = isinstance(score, (int, float)) and not isinstance(score, bool)
    if is_number and PASSING_SCORE <= score <= 1:
        return Verdict(passed=True)
    return Verdict(passed=False, reason=f"The score is {score!r:.16}.")


def succeeded(reply: HttpReply, answer: Mapping[str, Any]) -> bool:
    """Whether an answer says ``success: true``, and nothing around it says otherwise."""
    return reply.ok and answer.get("success") is True


def refused(answer: Mapping[str, Any]) -> Verdict:
    """A verdict of ``success: false``, with the provider's own codes."""
    codes = answer.get("error-codes")
    known = (
        [code[:64] for code in codes if isinstance(code, str)] if isinstance(codes, list) else []
    )
    return Verdict(passed=False, reason=", ".join(known[:8]) or "The provider refused the token.")
