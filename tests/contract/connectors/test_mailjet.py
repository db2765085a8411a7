"""Mailjet keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.mailjet import MailjetConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("mailjet-email")


class TestMailjet(HttpApiContract):
    factory = MailjetConnector
    author = pair("Email", "Name", "Messages", 0, "From")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (
        CONFIG["apiKey"],
        CONFIG["secretKey"],
    )
    broken = broken_by_absence(
        CONFIG, "apiKey", "secretKey", "fromEmail", "templates"
    ) + broken_templates(CONFIG)
    accepted = Answer(
        200,
        b'{"Messages": [{"Status": "success", "To": [{"Email": "a@b.test", "MessageUUID": "u"}]}]}',
    )
    refusal = refused(
        400,
        '{"Messages": [{"Status": "error", "Errors": [{"ErrorCode": "mj-0013", "ErrorMessage": "'
        f'{ECHO} {CONFIG["secretKey"]}"}}]}}]}}',
    )
    wrong_key = refused(401, f'{{"StatusCode": 401, "ErrorMessage": "{ECHO}"}}')
