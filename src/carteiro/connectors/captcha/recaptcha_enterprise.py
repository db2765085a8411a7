"""Google reCAPTCHA Enterprise (cloud.google.com/recaptcha/docs/create-assessment-website)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from carteiro.connectors.captcha.contract import (
    Question,
    Verdict,
    members,
    scored,
)
from carteiro.connectors.http.client import HttpReply

_URL = "https://recaptchaenterprise.googleapis.com/v1/projects"


def question(config: Mapping[str, Any], token: str, ip: str | None) -> Question:
    """An assessment of the token, paid by the API key."""
    project, key = quote(config["projectId"], safe=""), quote(config["secretKey"], safe="")
    event = {"token": token, "siteKey": config["siteKey"]}
    if ip is not None:
        event["userIpAddress"] = ip
    return Question(
        url=f"{_URL}/{project}/assessments?key={key}",
        body=json.dumps({"event": event}).encode(),
        headers={"Content-Type": "application/json"},
    )


def verdict(config: Mapping[str, Any], reply: HttpReply) -> Verdict:
    """In the mode ``checkbox`` a valid token is enough; else its score decides, too."""
    answer = members(reply.json())
    properties = members(answer.get("tokenProperties"))
    if not reply.ok or properties.get("valid") is not True:
        reason = properties.get("invalidReason")
        text = reason[:64] if isinstance(reason, str) else f"HTTP {reply.status}"
        return Verdict(passed=False, reason=text)
    if config.get("mode") == "checkbox":
        return Verdict(passed=True)
    return scored(members(answer.get("riskAnalysis")).get("score"))
