"""SparkPost keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.sparkpost import SparkPostConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("sparkpost-email")


class TestSparkPost(HttpApiContract):
    factory = SparkPostConnector
    author = pair("email", "name", "content", "from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = (
        broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [({**CONFIG, "region": "asia"}, ["region"])]
    )
    accepted = Answer(
        200,
        b'{"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "1"}}',
    )
    refusal = refused(
        400,
        f'{{"errors": [{{"code": "7001", "message": "Invalid domain", "description": "{ECHO} {CONFIG["apiKey"]}"}}]}}',
    )
    wrong_key = refused(401, f'{{"errors": [{{"message": "Unauthorized. {ECHO}"}}]}}')
