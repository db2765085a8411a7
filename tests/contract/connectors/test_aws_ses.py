"""Amazon SES keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.aws_ses import AwsSesConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("aws-ses-mail")


class TestAwsSes(HttpApiContract):
    factory = AwsSesConnector
    author = text("FromEmailAddress")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (
        CONFIG["accessKeyId"],
        CONFIG["accessKeySecret"],
    )
    broken = (
        broken_by_absence(CONFIG, "accessKeyId", "accessKeySecret", "region", "templates")
        + broken_templates(CONFIG)
        + [
            ({**CONFIG, "region": "evil.test/#"}, ["region"]),
            ({**CONFIG, "emailAddress": "nobody"}, ["emailAddress"]),
        ]
    )
    accepted = Answer(200, b'{"MessageId": "0102018c-7a"}')
    refusal = Answer(
        400,
        f'{{"message": "Email address is not verified. {ECHO} {CONFIG["accessKeySecret"]}"}}'.encode(),
        {"x-amzn-ErrorType": "MessageRejected"},
    )
