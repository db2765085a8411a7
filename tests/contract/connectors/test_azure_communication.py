"""Azure Communication Services keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.azure_communication import AzureCommunicationConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("azure-communication-email")


class TestAzureCommunication(HttpApiContract):
    factory = AzureCommunicationConnector
    author = pair("senderAddress", "there is no name")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["accessKey"],)
    broken = (
        broken_by_absence(CONFIG, "endpoint", "accessKey", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [
            ({**CONFIG, "endpoint": "https://evil.test/?"}, ["endpoint"]),
            ({**CONFIG, "accessKey": "no base64!"}, ["accessKey"]),
        ]
    )
    accepted = Answer(202, b'{"id": "8540c0de-899f-5cce-acb5-3ec493af3800", "status": "Running"}')
    refusal = refused(
        400,
        f'{{"error": {{"code": "DomainNotLinked", "message": "{ECHO} {CONFIG["accessKey"]}"}}}}',
    )
    wrong_key = refused(401, f'{{"error": {{"code": "Denied", "message": "{ECHO}"}}}}')
