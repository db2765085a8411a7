"""MailJunky keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.mailjunky import MailJunkyConnector
from carteiro.errors import Disposition
from carteiro.testing.connector_contract import Scenario
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("mailjunky-email-service")


class TestMailJunky(HttpApiContract):
    factory = MailJunkyConnector
    author = text("from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = (
        broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [
            (
                {**CONFIG, "templates": [{**CONFIG["templates"][0], "usageType": "Test"}]},
                ["templates", 0, "usageType"],
            ),
        ]
    )
    accepted = Answer(200, b'{"id": "msg_1"}')
    refusal = refused(422, f'{{"message": "{ECHO} {CONFIG["apiKey"]}"}}')

    # Any 2xx is taken for a success, as in the reference, but for one that speaks of an error.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }
