"""SMTP keeps the contract, before a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.errors import Disposition
from carteiro.model.default_templates import default_templates
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import CODE, LINK, ConnectorContract, Scenario, Stage
from carteiro.testing.smtp_server import Behaviour, SmtpSink

USER, PASSWORD = "mailer", "p-8f1c77d0a2"
ECHO = f"cannot take {CODE} {LINK} of {PASSWORD}"


class TestSmtp(ConnectorContract):
    factory = SmtpConnector
    config: ClassVar[dict[str, Any]] = {
        "host": "127.0.0.1",
        "port": 25,
        "auth": {"type": "login", "user": USER, "pass": PASSWORD},
        "fromEmail": "Acme <no-reply@example.test>",
        "templates": default_templates("contentType"),
        "ignoreTLS": True,
        "connectionTimeout": 20_000,
        "greetingTimeout": 20_000,
        "socketTimeout": 20_000,
    }
    secrets = (PASSWORD,)
    broken = (
        ({}, ["host"]),
        ({**config, "host": 3}, ["host"]),
        ({**config, "port": "25"}, ["port"]),
        ({**config, "auth": {"type": "plain", "user": USER, "pass": PASSWORD}}, ["auth"]),
        ({**config, "fromEmail": "nobody"}, ["fromEmail"]),
        ({**config, "templates": []}, ["templates"]),
        ({**config, "customHeaders": {"X-Count": 3}}, ["customHeaders", "X-Count"]),
    )
    provider_loggers = frozenset({"mail.log"})
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        Scenario.ACCEPTED: None,
        Scenario.REFUSED: Disposition.PERMANENT,
        Scenario.THROTTLED: Disposition.THROTTLED,
        Scenario.WRONG_KEY: Disposition.PERMANENT,
        Scenario.BROKEN_REPLY: Disposition.UNKNOWN,
        Scenario.HUNG: Disposition.UNKNOWN,
        Scenario.DOWN: Disposition.TRANSIENT,
    }
    behaviours: ClassVar[dict[Scenario, dict[str, Any]]] = {
        Scenario.REFUSED: {"rcpt": lambda: f"550 5.1.1 {ECHO}"},
        Scenario.THROTTLED: {"rcpt": lambda: f"450 4.7.1 too fast, {ECHO}"},
        Scenario.WRONG_KEY: {"password": "another"},
        Scenario.BROKEN_REPLY: {"data": lambda: "thanks a lot"},
        Scenario.HUNG: {"hang_at": "dot"},
    }

    @asynccontextmanager
    async def stage(self, scenario: Scenario) -> AsyncIterator[Stage]:
        login = {"user": USER, "password": PASSWORD}
        behaviour = Behaviour(**{**login, **self.behaviours.get(scenario, {})})
        http = HttpClient(EgressPolicy(enabled=True).with_own_networks())
        async with SmtpSink(behaviour) as sink:
            port = 1 if scenario is Scenario.DOWN else sink.port
            # It counts for every command; the server falls silent after the last one.
            patience = {"socketTimeout": 3_000} if scenario is Scenario.HUNG else {}
            config = self.factory.parse({**self.config, "port": port, **patience})
            connector = self.factory(config, Services(http=http, clock=FrozenClock()))
            yield Stage(connector=connector, connections=lambda: sink.connections)
        await http.close()
