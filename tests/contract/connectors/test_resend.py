"""Resend keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.resend import ResendConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("resend-email")


class TestResend(HttpApiContract):
    factory = ResendConnector
    author = text("from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = [
        *broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates") + broken_templates(CONFIG),
    ]
    accepted = Answer(200, b'{"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')
    refusal = refused(
        422,
        f'{{"statusCode": 422, "name": "validation_error", "message": "{ECHO} {CONFIG["apiKey"]}"}}',
    )
    wrong_key = refused(
        403, f'{{"statusCode": 403, "name": "invalid_api_key", "message": "{ECHO}"}}'
    )
