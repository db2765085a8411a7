"""What every registered connector promises, from one fixture each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.egress import EgressPolicy
from carteiro.connectors.http import HttpClient
from carteiro.connectors.maildir import MaildirRelay
from carteiro.connectors.registry import Registry
from carteiro.errors import ConnectorError, Disposition, InvalidConfig
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from smtp_parts import config as smtp_config

CODE, LINK, SECRET = "482913", "https://example.com/join?token=t0p5ecret", "k3y-of-the-tenant"
REGISTRY = Registry.discover()


@dataclass(slots=True)
class Situation:
    """A provider in some state: the config to reach it, and how to see what it got."""

    config: dict[str, Any]
    received: Callable[[], int] = lambda: 0
    services: Services | None = None


Fixture = Callable[[str, Path, AsyncExitStack], Awaitable[Situation]]
SITUATIONS = {
    "accepted": None,
    "refused": Disposition.PERMANENT,
    "throttled": Disposition.THROTTLED,
    "failing": Disposition.TRANSIENT,
    "wrong key": Disposition.PERMANENT,
    "broken reply": Disposition.UNKNOWN,
    "network down": Disposition.TRANSIENT,
}


async def smtp(state: str, folder: Path, stack: AsyncExitStack) -> Situation:
    echo = f"{CODE} {SECRET}"
    behaviours = {
        "accepted": Behaviour(),
        "refused": Behaviour(rcpt=lambda: f"550 5.1.1 no such user {echo}"),
        "throttled": Behaviour(data=lambda: f"451 4.7.0 rate limit {echo}"),
        "failing": Behaviour(mail=lambda: "451 4.3.0 try later"),
        "wrong key": Behaviour(user="u", password="another"),
        "broken reply": Behaviour(drop_at="dot"),
        "network down": Behaviour(),
    }
    behaviour = behaviours[state]
    if behaviour.user is None:
        behaviour.user, behaviour.password = "u", SECRET
    sink = SmtpSink(behaviour)
    if state != "network down":
        await stack.enter_async_context(sink)
    config = smtp_config(sink.port or 1, auth={"type": "login", "user": "u", "pass": SECRET})
    return Situation(config, lambda: len(sink.received))


async def http(state: str, folder: Path, stack: AsyncExitStack) -> Situation:
    echo = f"{CODE} {LINK} Bearer {SECRET}".encode()
    answers = {
        "accepted": Answer(202, b""),
        "refused": Answer(422, echo),
        "throttled": Answer(429, echo, {"Retry-After": "7"}),
        "failing": Answer(503, echo),
        "wrong key": Answer(401, echo),
        "broken reply": Answer(drop=True),
        "network down": Answer(),
    }
    sink = HttpSink(answers[state])
    if state != "network down":
        await stack.enter_async_context(sink)
    url = sink.url if sink.port else "http://127.0.0.1:1/"
    config = {"endpoint": url, "authorization": f"Bearer {SECRET}"}
    return Situation(config, lambda: len(sink.requests))


class StubbornRelay(MaildirRelay):
    """A relay in one of the states; what SMTP relays do is proven with the SMTP connector."""

    def __init__(self, folder: Path, failure: ConnectorError | None) -> None:
        super().__init__(folder, parse_address("no-reply@acme.test"))
        self._failure = failure

    async def send(self, message: Message, sender_name: str | None) -> Receipt:
        if self._failure:
            raise self._failure
        return await super().send(message, sender_name)


async def built_in(state: str, folder: Path, stack: AsyncExitStack) -> Situation:
    disposition = SITUATIONS[state]
    failure = ConnectorError(state, disposition=disposition) if disposition else None
    relay = StubbornRelay(folder, failure)
    http = HttpClient(EgressPolicy(enabled=False))
    services = Services(http=http, clock=FrozenClock(), relay=relay)
    config = {"senderName": "Acme", "appSecret": SECRET}
    return Situation(config, lambda: len(list(folder.glob("new/*"))), services)


FIXTURES: dict[str, Fixture] = {
    "simple-mail-transfer-protocol": smtp,
    "http-email": http,
    "logto-email": built_in,
}
FACTORIES = REGISTRY.factories()
each = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.metadata.id)


def message() -> Message:
    return Message(
        id="m" * 21,
        to=parse_address("to@example.com"),
        type=TemplateType.SIGN_IN,
        payload={"code": CODE, "link": LINK},
        created_at=1_800_000_000_000,
        content=Rendered(subject="S", text=f"{CODE} {LINK}", html=f"<p>{CODE}</p>"),
    )


@asynccontextmanager
async def opened(
    factory: type[Connector], state: str, folder: Path
) -> AsyncIterator[tuple[Connector, Situation]]:
    async with AsyncExitStack() as stack:
        situation = await FIXTURES[factory.metadata.id](state, folder, stack)
        http = HttpClient(EgressPolicy(enabled=False))
        services = situation.services or Services(http=http, clock=FrozenClock())
        connector = factory(factory.parse(situation.config), services)
        yield connector, situation
        await connector.close()
        await connector.close()
        await http.close()
        await services.http.close()


def test_every_connector_has_a_fixture() -> None:
    assert {factory.metadata.id for factory in FACTORIES} == set(FIXTURES)


@each
def test_metadata_is_complete(factory: type[Connector]) -> None:
    wire = factory.metadata.wire()

    assert {
        "id",
        "target",
        "platform",
        "name",
        "description",
        "logo",
        "logoDark",
        "readme",
        "formItems",
    } <= set(wire)
    assert wire["platform"] is None
    assert set(wire["name"]) >= {"en", "pt-BR"}
    assert wire["logo"].startswith("data:image/svg+xml;base64,")


@each
def test_the_form_covers_the_config(factory: type[Connector]) -> None:
    items = {item.key: item for item in factory.metadata.form_items}
    fields = {
        field.alias or name: field for name, field in factory.config_model.model_fields.items()
    }
    secret = {
        key
        for key in items
        if key in {"auth", "tls", "authorization"} or key.lower().endswith("key")
    }

    assert set(items) <= set(fields)
    assert all(field.description for field in fields.values())
    assert {key for key, field in fields.items() if field.is_required()} <= set(items)
    assert all(items[key].is_confidential for key in secret)


@each
@pytest.mark.parametrize("value", [[], {"not": "text"}, True, None])
async def test_a_broken_config_is_an_issue_list(
    factory: type[Connector], value: Any, tmp_path: Path
) -> None:
    name = {"logto-email": "senderName", "http-email": "endpoint"}.get(factory.metadata.id, "port")

    with pytest.raises(InvalidConfig) as error:
        async with AsyncExitStack() as stack:
            good = (await FIXTURES[factory.metadata.id]("accepted", tmp_path, stack)).config
            factory.parse({**good, name: value})

    assert error.value.issues[0]["path"] == [name]
    json.dumps(error.value.data)


@each
@pytest.mark.parametrize(("state", "disposition"), SITUATIONS.items())
async def test_each_situation_has_its_outcome(
    factory: type[Connector],
    state: str,
    disposition: Disposition | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with opened(factory, state, tmp_path) as (connector, situation):
        if disposition is None:
            receipt = await asyncio.wait_for(connector.send(message()), 5)
            assert situation.received() == 1
            assert CODE not in repr(receipt)
            return
        with pytest.raises(ConnectorError) as error:
            await asyncio.wait_for(connector.send(message()), 5)

    failure = error.value
    told = repr(failure) + str(failure) + json.dumps(failure.data) + "".join(capsys.readouterr())
    assert failure.disposition is disposition
    assert not [word for word in (CODE, LINK, SECRET) if word in told]
    assert not [word for word in (CODE, LINK, SECRET) if word in repr(message())]
    assert SECRET not in repr(connector)


@each
async def test_a_hundred_sends_open_few_connections(
    factory: type[Connector], tmp_path: Path
) -> None:
    async with opened(factory, "accepted", tmp_path) as (connector, situation):
        for _ in range(10):
            await asyncio.gather(*(connector.send(message()) for _ in range(10)))
        opened_sessions = connector.services.http.sessions_opened

    assert opened_sessions <= 1
    if factory.metadata.id == "simple-mail-transfer-protocol":
        assert connector.pool.connections_opened <= 5  # type: ignore[attr-defined]
