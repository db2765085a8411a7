"""hCaptcha (docs.hcaptcha.com, "Verify the User Response Server Side")."""

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

_URL = "https://api.hcaptcha.com/siteverify"


def question(config: Mapping[str, Any], token: str, ip: str | None) -> Question:
    """With the site key, so that a token of another site of the same account does not count."""
    return form(
        _URL,
        secret=config["secretKey"],
        response=token,
        remoteip=ip,
        sitekey=config["siteKey"],
    )


def verdict(_config: Mapping[str, Any], reply: HttpReply) -> Verdict:
    """``success`` decides; scores are for enterprise accounts and run the other way."""
    answer = members(reply.json())
    return Verdict(passed=True) if succeeded(reply, answer) else refused(answer)
