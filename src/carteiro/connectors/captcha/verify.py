"""Asking a captcha provider whether a person stands behind a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.connectors.captcha import (
    hcaptcha,
    recaptcha_enterprise,
    recaptcha_v3,
    turnstile,
)
from carteiro.connectors.captcha.contract import LONGEST_TOKEN, CaptchaProvider, Verdict
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import ConnectorError

_TIMEOUT = 5.0
"""Seconds; a person waits."""
_PROVIDERS: Mapping[str, CaptchaProvider] = {
    "HCaptcha": hcaptcha,
    "RecaptchaEnterprise": recaptcha_enterprise,
    "RecaptchaV3": recaptcha_v3,
    "Turnstile": turnstile,
}


async def ask(
    http: HttpClient,
    config: Mapping[str, Any],
    token: str,
    ip: str | None,
    *,
    timeout: float = _TIMEOUT,  # noqa: ASYNC109 - the client's own knows what had been sent
) -> Verdict:
    """What the provider of ``config`` says of a token, within ``timeout`` seconds.

    A provider that cannot be reached, does not answer in time, or answers something else than what
    it documents, has not passed anybody.
    """
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return Verdict(passed=False, reason="This is no token.")
    provider = _PROVIDERS[config["type"]]
    question = provider.question(config, token, ip)
    try:
        reply = await http.post(
            question.url, data=question.body, headers=question.headers, timeout=timeout
        )
        return provider.verdict(config, reply)
    except ConnectorError as error:
        return Verdict(passed=False, reason=error.message)
