"""Brevo keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.brevo import BrevoConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("brevo-email")


class TestBrevo(HttpApiContract):
    factory = BrevoConnector
    author = pair("email", "name", "sender")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = [
        *broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates") + broken_templates(CONFIG),
    ]
    accepted = Answer(201, b'{"messageId": "<20261121.1@smtp-relay.mailin.fr>"}')
    refusal = refused(
        400, f'{{"code": "invalid_parameter", "message": "{ECHO} {CONFIG["apiKey"]}"}}'
    )
    wrong_key = refused(401, f'{{"code": "unauthorized", "message": "Key not found {ECHO}"}}')
