"""Every way out of the process refuses this machine while the guard is on."""

from __future__ import annotations

import ast
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import carteiro
from carteiro.connectors.builtin.relay import SmtpRelay
from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.feedback.contract import Incoming
from carteiro.connectors.feedback.ses import SesFeedback, SesReceiver
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.registry import Registry
from carteiro.connectors.smtp.config import OAuthTokenAuth
from carteiro.connectors.smtp.oauth import TokenSource
from carteiro.delivery.webhooks import OpenHook, post
from carteiro.errors import DeliveryFailed, Disposition, FeedbackUnavailable
from carteiro.model.addresses import parse_address
from carteiro.storage.tenancy.hooks import HookRow
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_provider import EveryName
from carteiro.testing.http_sink import HttpSink
from provider_parts import contract_of

ROOT = Path(carteiro.__file__).parent
GUARD = EgressPolicy(enabled=True)
REFUSED = "address is private, local or reserved"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
SES_EVENT = json.dumps(
    {
        "Type": "Notification",
        "TopicArn": TOPIC,
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    }
).encode()


@pytest.fixture
async def inside() -> AsyncIterator[HttpSink]:
    """A service of this machine, to which every name leads."""
    async with HttpSink() as service:
        yield service


@pytest.fixture
async def services(inside: HttpSink) -> AsyncIterator[Services]:
    http = HttpClient(GUARD, resolver=EveryName(inside))
    url = f"smtp://127.0.0.1:{inside.port}"
    relay = SmtpRelay(url, parse_address("no-reply@e.com"), GUARD)
    yield Services(http=http, clock=FrozenClock(), relay=relay)
    await relay.close()
    await http.close()


async def test_no_connector_connects_to_this_machine(inside: HttpSink, services: Services) -> None:
    """Every installed connector: a new one is held to this by being registered."""
    said = {}
    for factory in Registry.discover().factories():
        config = dict(contract_of(factory).config)
        if "port" in factory.config_model.model_fields:
            config |= {"host": "127.0.0.1", "port": inside.port}
        connector = factory(factory.parse(config), services)
        with pytest.raises(DeliveryFailed) as caught:
            await connector.send(sample_message())
        await connector.close()
        said[factory.metadata.id] = (REFUSED in caught.value.message, caught.value.disposition)

    assert len(said) >= 18
    assert set(said.values()) == {(True, Disposition.PERMANENT)}, said
    assert inside.connections == 0


async def test_a_token_of_xoauth2_is_not_asked_for(inside: HttpSink, services: Services) -> None:
    auth = OAuthTokenAuth.model_validate(
        {
            "user": "u",
            "refreshToken": "r3fresh",
            "accessUrl": f"https://127.0.0.1:{inside.port}/token",
        }
    )

    with pytest.raises(DeliveryFailed, match=REFUSED):
        await TokenSource(auth, services).token()
    assert inside.connections == 0


async def test_a_webhook_is_not_sent(inside: HttpSink, services: Services) -> None:
    row: Any = HookRow(
        tenant_id="default",
        id="h",
        name="",
        event=None,
        events="[]",
        config_sealed=b"",
        signing_key_sealed=b"",
        enabled=True,
        created_at=0,
    )
    hook = OpenHook(
        row=row, config={"url": f"https://127.0.0.1:{inside.port}/"}, signing_key="s" * 32
    )

    with pytest.raises(DeliveryFailed, match=REFUSED):
        await post(services.http, hook, body="{}", delivery_id="d", now=0)
    assert inside.connections == 0


async def test_a_signing_certificate_is_not_fetched(inside: HttpSink, services: Services) -> None:
    receiver = SesReceiver()
    settings = SesFeedback(topic_arn=TOPIC)

    with pytest.raises(FeedbackUnavailable) as caught:
        await receiver.read(settings, Incoming(headers={}, body=SES_EVENT, now=0), services.http)
    assert REFUSED in str(caught.value.__cause__)
    assert inside.connections == 0


_OPENING = {
    "open_connection",
    "create_connection",
    "start_connection",
    "sock_connect",
    "open_unix_connection",
    "ClientSession",
    "urlopen",
    "HTTPConnection",
    "HTTPSConnection",
    "SMTP",
    "SMTP_SSL",
}
_GUARDED = {
    "connectors/http/client.py": {"ClientSession"},
    "connectors/egress/dialing.py": {"start_connection"},
    # On sockets that ``dialing`` has opened.
    "connectors/smtp/session.py": {"SMTP", "open_connection"},
}


def test_nothing_else_opens_connections() -> None:
    """But for the operator's own: the database's driver and the exporter of traces."""
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("testing/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            what = getattr(called, "attr", None) or getattr(called, "id", None)
            if what in _OPENING:
                found.setdefault(name, set()).add(what)

    assert found == _GUARDED
