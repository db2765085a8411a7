"""HTTP Email keeps the contract, before a real endpoint."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from carteiro.connectors.contract import Services
from carteiro.connectors.egress import EgressPolicy
from carteiro.connectors.http import HttpClient
from carteiro.connectors.http_email import HttpEmailConnector
from carteiro.errors import Disposition
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import CODE, LINK, ConnectorContract, Scenario, Stage
from carteiro.testing.http_sink import HUNG, NOT_GZIP, OK, Answer, HttpSink, refused, throttled

AUTHORIZATION = "Bearer tk-51fd0c2b9e"
KEYS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
ECHO = f"cannot take {CODE} {LINK} from {AUTHORIZATION} ({KEYS[0]}, {KEYS[1]})"


class TestHttpEmail(ConnectorContract):
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
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        Scenario.ACCEPTED: None,
        Scenario.REFUSED: Disposition.PERMANENT,
        Scenario.THROTTLED: Disposition.THROTTLED,
        Scenario.WRONG_KEY: Disposition.PERMANENT,
        Scenario.BROKEN_REPLY: None,  # any 2xx is a success, whatever stands in the body
        Scenario.HUNG: Disposition.UNKNOWN,
        Scenario.DOWN: Disposition.TRANSIENT,
    }
    replies: ClassVar[dict[Scenario, Answer]] = {
        Scenario.ACCEPTED: OK,
        Scenario.REFUSED: refused(400, ECHO),
        Scenario.THROTTLED: throttled("7"),
        Scenario.WRONG_KEY: refused(401, ECHO),
        Scenario.BROKEN_REPLY: NOT_GZIP,
        Scenario.HUNG: HUNG,
    }

    @asynccontextmanager
    async def stage(self, scenario: Scenario) -> AsyncIterator[Stage]:
        http = HttpClient(EgressPolicy(enabled=False), timeout=0.3)
        async with HttpSink() as sink:
            if scenario is Scenario.DOWN:
                await sink.stop()
            else:
                sink.script.append(self.replies[scenario])
            config = self.factory.parse({**self.config, "endpoint": sink.url})
            connector = self.factory(config, Services(http=http, clock=FrozenClock()))
            yield Stage(
                connector=connector, connections=lambda: max(http.sessions_opened, sink.connections)
            )
        await http.close()
