"""SendGrid keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.sendgrid import SendGridConnector
from carteiro.errors import Disposition
from carteiro.testing.connector_contract import Scenario
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("sendgrid-email-service")


class TestSendGrid(HttpApiContract):
    factory = SendGridConnector
    author = pair("email", "name", "from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = (
        broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [({**CONFIG, "fromEmail": "a@b.test, c@d.test"}, ["fromEmail"])]
    )
    accepted = Answer(202, b"", {"X-Message-Id": "14c5d75ce93"})
    refusal = refused(
        400, f'{{"errors": [{{"message": "{ECHO} {CONFIG["apiKey"]}", "field": "from"}}]}}'
    )

    # Any 2xx is taken for a success, as in the reference, but for one that speaks of an error.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }
