"""MailerSend keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.mailersend import MailerSendConnector
from carteiro.errors import Disposition
from carteiro.testing.connector_contract import Scenario
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("mailersend-email")


class TestMailerSend(HttpApiContract):
    factory = MailerSendConnector
    author = pair("email", "name", "from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiToken"],)
    broken = [
        *broken_by_absence(CONFIG, "apiToken", "fromEmail", "templates") + broken_templates(CONFIG),
    ]
    accepted = Answer(202, b"", {"X-Message-Id": "5e42957d51f1d94a1070a733"})
    refusal = refused(
        422, f'{{"message": "The from.email domain must be verified. {ECHO} {CONFIG["apiToken"]}"}}'
    )
    wrong_key = refused(401, f'{{"message": "Unauthenticated. {ECHO}"}}')

    # Any 2xx is taken for a success, as in the reference, but for one that speaks of an error.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }
