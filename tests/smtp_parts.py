"""What the SMTP tests are made of: a config and a message with dull defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered

KINDS = ["Register", "SignIn", "ForgotPassword", "Generic"]
Connect = Callable[..., SmtpConnector]


def config(port: int, **changes: Any) -> dict[str, Any]:
    templates = [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in KINDS
    ]
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "Näme <f@e.com>",
        "templates": templates,
        **changes,
    }


def message(to: str = "to@e.com", **content: Any) -> Message:
    words = {"subject": "Ünï 123456", "text": "123456 é\n", "html": "<b>123456</b> é\n", **content}
    return Message(
        id="m" * 21,
        to=parse_address(to),
        type=TemplateType.SIGN_IN,
        payload={"code": "123456"},
        created_at=1_800_000_000_000,
        content=Rendered(**words),
    )
