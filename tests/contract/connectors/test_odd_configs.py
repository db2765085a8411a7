"""A config that is taken never breaks a connector: what ``send`` and ``check`` raise has a name."""

from __future__ import annotations

import copy
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.registry import Registry
from carteiro.errors import ConnectorError
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_provider import EveryName, server_tls
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.outbox import OutboxRelay
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from provider_parts import contract_of

ODD: list[Any] = [
    *("", " ", "ö", "日本.example", "a\r\nX-Evil: 1", "\x00", "\u2028", "x" * 3000, "..", "%zz"),
    *("ö@ö.example", "Jörg <jörg@example.test>", "a@b.test, c@d.test", "http://", "https://ö.test"),
    *("https://" + "l" * 70 + ".test", "https://a.test:99999/", "-1", "[::1", "🏳️‍🌈", "{{code}}"),
    *(0, -1, 70_000, 1.5, 1e308, True, False, None, [], {}, ["ö"], {"ö": "ö"}, {"\r\n": 1}),
]


@asynccontextmanager
async def world() -> AsyncIterator[tuple[Services, int]]:
    """Services for which every name leads to one endpoint, and the port of a mail server."""
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    login = Behaviour(user="u", password="p")
    async with HttpSink(tls=server_tls("any.test")) as sink, SmtpSink(login) as mail:
        http = HttpClient(
            EgressPolicy(enabled=False), timeout=1.0, tls=tls, resolver=EveryName(sink)
        )
        yield Services(http=http, clock=FrozenClock(), relay=OutboxRelay()), mail.port
        await http.close()


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every member, lists and objects included; of templates to the list alone."""
    if isinstance(value, dict):
        members: list[tuple[Any, Any]] = list(value.items())
    else:
        members = list(enumerate(value[:1])) if isinstance(value, list) else []
    for key, inner in members:
        yield (key,)
        if key == "templates":
            continue
        yield from ((key, *rest) for rest in places(inner))


def variants(factory: type[Connector], config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The config with one odd value each, in every member that it has or could have."""
    known = {field.alias or name for name, field in factory.config_model.model_fields.items()}
    for place in [*places(config), *((name,) for name in sorted(known - set(config)))]:
        for odd in ODD:
            changed = copy.deepcopy(config)
            inner: Any = changed
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = odd
            yield changed


@pytest.mark.parametrize("factory_id", Registry.discover().ids())
async def test_what_an_odd_config_ends_in_has_a_name(factory_id: str) -> None:
    factory = Registry.discover().get(factory_id)
    tried, said = 0, []
    async with world() as (services, port):
        config = dict(contract_of(factory).config)
        if "port" in factory.config_model.model_fields:
            config |= {"port": port, "dnsTimeout": 200, "auth": {"user": "u", "pass": "p"}}
        for changed in variants(factory, config):
            connector = None
            try:
                connector = factory(factory.parse(changed), services)
                tried += 1
                await connector.check()
                await connector.send(sample_message())
            except ConnectorError as error:
                said.append(error.message)
            finally:
                if connector is not None:
                    await connector.close()

    assert tried > len(config)
    assert all(text and text.encode() for text in said)
