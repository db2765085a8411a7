"""Mailgun keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.mailgun import MailgunConnector
from carteiro.errors import Disposition
from carteiro.testing.connector_contract import Scenario
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, documented

CONFIG = documented("mailgun-email")


class TestMailgun(HttpApiContract):
    factory = MailgunConnector
    author = text("from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = [
        *broken_by_absence(CONFIG, "domain", "apiKey", "from", "deliveries"),
        ({**CONFIG, "domain": "mg.example.com/../other"}, ["domain"]),
        ({**CONFIG, "endpoint": "https://api.mailgun1.net"}, ["endpoint"]),
        ({**CONFIG, "endpoint": "https://api.mailgun.net/"}, ["endpoint"]),
        ({**CONFIG, "endpoint": "https://evil.test/x.mailgun.net"}, ["endpoint"]),
        (
            {**CONFIG, "deliveries": {"Generic": {"text": "t", "subject": "s"}}},
            ["deliveries", "Generic"],
        ),
    ]
    accepted = Answer(200, b'{"id": "<20261121@mg.example.test>", "message": "Queued. Thank you."}')
    refusal = refused(
        400, f'{{"message": "to parameter is not a valid address. {ECHO} {CONFIG["apiKey"]}"}}'
    )

    # Any 2xx is taken for a success, as in the reference, but for one that speaks of an error.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }
