"""SMTP2GO keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.smtp2go import Smtp2goConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("smtp2go-email-service")


class TestSmtp2go(HttpApiContract):
    factory = Smtp2goConnector
    author = text("sender")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = (
        broken_by_absence(CONFIG, "apiKey", "sender", "templates")
        + broken_templates(CONFIG)
        + [
            ({**CONFIG, "sender": "Acme <a@b.test>"}, ["sender"]),
            (
                {**CONFIG, "templates": [{**CONFIG["templates"][0], "usageType": "Test"}]},
                ["templates", 0, "usageType"],
            ),
        ]
    )
    accepted = Answer(
        200, b'{"request_id": "r", "data": {"succeeded": 1, "failed": 0, "email_id": "1mm4EQ"}}'
    )
    refusal = refused(
        400,
        '{"data": {"error_code": "E_ApiResponseCodes.NON_VALIDATING_IN_PAYLOAD", "error": "'
        f'{ECHO} {CONFIG["apiKey"]}"}}}}',
    )
