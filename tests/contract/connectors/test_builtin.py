"""The built-in service keeps the contract; what its relay does is what it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.builtin import BuiltinConnector
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import ConnectorContract, Scenario, Stage
from carteiro.testing.outbox import OutboxRelay


class TestBuiltin(ConnectorContract):
    factory = BuiltinConnector
    config: ClassVar[dict[str, Any]] = {
        "appSecret": "s-of-the-reference",
        "senderName": "Acme",
        "companyInformation": "Acme S.A. | Rua do Sol 12, 1200-001 Lisboa",
        "appLogo": "https://example.test/logo.png",
    }
    secrets = ("s-of-the-reference",)
    broken = (
        ({"senderName": "example.com"}, ["senderName"]),
        ({"companyInformation": "see https://example.com"}, ["companyInformation"]),
        ({"appLogo": "javascript:alert(1)"}, ["appLogo"]),
        ({"senderName": 3}, ["senderName"]),
    )
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        Scenario.ACCEPTED: None,
        Scenario.REFUSED: Disposition.PERMANENT,
        Scenario.THROTTLED: Disposition.THROTTLED,
        Scenario.WRONG_KEY: Disposition.PERMANENT,
        Scenario.BROKEN_REPLY: Disposition.UNKNOWN,
        Scenario.HUNG: Disposition.UNKNOWN,
        Scenario.DOWN: Disposition.TRANSIENT,
    }

    @asynccontextmanager
    async def stage(self, scenario: Scenario) -> AsyncIterator[Stage]:
        http = HttpClient(EgressPolicy(enabled=True))
        relay = OutboxRelay()
        if (disposition := self.outcomes[scenario]) is not None:
            relay.outbox.failures.append(DeliveryFailed("relay", disposition=disposition))
        services = Services(http=http, clock=FrozenClock(), relay=relay)
        connector = self.factory(self.factory.parse(self.config), services)
        yield Stage(connector=connector, connections=lambda: http.sessions_opened)
        await http.close()
