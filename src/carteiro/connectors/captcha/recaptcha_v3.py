"""Google reCAPTCHA v3 (developers.google.com/recaptcha/docs/v3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.connectors.captcha.contract import (
    Question,
    Verdict,
    form,
    members,
    refused,
    scored,
    succeeded,
)
from carteiro.connectors.http.client import HttpReply

_URL = "https://www.google.com/recaptcha/api/siteverify"


def question(config: Mapping[str, Any], token: str, ip: str | None) -> Question:
    """The secret, the token and the person's address."""
    return form(_URL, secret=config["secretKey"], response=token, remoteip=ip)


def verdict(_config: Mapping[str, Any], reply: HttpReply) -> Verdict:
    """A good token has a score, and the score decides."""
    answer = members(reply.json())
    if not succeeded(reply, answer):
        return refused(answer)
    return scored(answer.get("score"))
