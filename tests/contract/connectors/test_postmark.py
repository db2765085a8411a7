"""Postmark keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.postmark import PostmarkConnector
from carteiro.errors import Disposition
from carteiro.testing.connector_contract import Scenario
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("postmark-mail")


class TestPostmark(HttpApiContract):
    factory = PostmarkConnector
    author = text("From")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["serverToken"],)
    broken = (
        broken_by_absence(CONFIG, "serverToken", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [
            ({**CONFIG, "templates": [{"usageType": "Generic"}]}, ["templates", 0]),
            ({**CONFIG, "replyTo": "nobody"}, ["replyTo"]),
        ]
    )
    accepted = Answer(200, b'{"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a-e38e"}')
    refusal = refused(422, f'{{"ErrorCode": 406, "Message": "{ECHO} {CONFIG["serverToken"]}"}}')
    wrong_key = refused(401, f'{{"ErrorCode": 10, "Message": "Bad token. {ECHO}"}}')

    # Any 2xx is taken for a success, as in the reference, but for one that speaks of an error.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }
