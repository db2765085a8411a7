"""HTTP SMS keeps the contract that HTTP Email keeps."""

from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.providers.http_sms import HttpSmsConnector
from contract.connectors import test_http_email as mail


class TestHttpSms(mail.TestHttpEmail):
    factory = HttpSmsConnector

    def test_it_is_for_text_messages(self) -> None:
        assert self.factory.kind is ConnectorType.SMS


del mail
