"""Cloudflare Turnstile (developers.cloudflare.com/turnstile/get-started/server-side-validation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.connectors.captcha.contract import (
    Question,
    Verdict,
    form,
    members,
    refused,
    succeeded,
)
from carteiro.connectors.http.client import HttpReply

_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"


def question(config: Mapping[str, Any], token: str, ip: str | None) -> Question:
    """The secret, the token and the person's address."""
    return form(_URL, secret=config["secretKey"], response=token, remoteip=ip)


def verdict(_config: Mapping[str, Any], reply: HttpReply) -> Verdict:
    """``success`` decides."""
    answer = members(reply.json())
    return Verdict(passed=True) if succeeded(reply, answer) else refused(answer)
