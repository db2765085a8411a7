"""HTTP Email keeps the contract, before a real endpoint."""

from typing import Any, ClassVar

from carteiro.connectors.providers.http_email import HttpEmailConnector
from carteiro.errors import Disposition
from carteiro.model.message import Receipt
from carteiro.testing.connector_contract import CODE, LINK, Scenario, sample_message
from carteiro.testing.http_contract import HttpApiContract
from carteiro.testing.http_sink import OK, Answer, refused

AUTHORIZATION = "Bearer tk-51fd0c2b9e"
KEYS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
ECHO = f"cannot take {CODE} {LINK} from {AUTHORIZATION} ({KEYS[0]}, {KEYS[1]})"


class TestHttpEmail(HttpApiContract):
    factory = HttpEmailConnector
    config: ClassVar[dict[str, Any]] = {
        "endpoint": "https://example.test/hook",
        "authorization": AUTHORIZATION,
        "signingKey": KEYS[0],
        "previousSigningKey": KEYS[1],
    }
    secrets = (AUTHORIZATION, "tk-51fd0c2b9e", *KEYS)
    broken = (
        ({}, ["endpoint"]),
        ({"endpoint": 3}, ["endpoint"]),
        ({"endpoint": "https://e.x/", "authorization": ["a"]}, ["authorization"]),
        ({"endpoint": "https://e.x/", "authorization": "a\r\nb: c"}, ["authorization"]),
        ({"endpoint": "https://e.x/", "authorization": "a\x00"}, ["authorization"]),
        ({"endpoint": "https://e.x/", "signingKey": "short"}, ["signingKey"]),
        ({"endpoint": "https://e.x/", "signingKey": "whsec_c2hvcnQ="}, ["signingKey"]),
        ({"endpoint": "https://e.x/", "signingKey": f"whsec_{'a' * 33}"}, ["signingKey"]),
        ({"endpoint": "https://e.x/", "signingKey": KEYS[0][6:]}, ["signingKey"]),
        ({"endpoint": "https://e.x/", "previousSigningKey": ""}, ["previousSigningKey"]),
    )
    accepted = OK
    refusal = refused(400, ECHO)
    wrong_key = refused(401, ECHO)
    # Any 2xx is a success, whatever stands in the body: the endpoint is somebody's own.
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        **HttpApiContract.outcomes,
        Scenario.BROKEN_REPLY: None,
    }

    async def test_success_with_an_error_in_it_is_a_refusal(self) -> None:
        async with self.before(Answer(200, b'{"error": "no"}')) as (connector, _):
            assert isinstance(await connector.send(sample_message()), Receipt)
