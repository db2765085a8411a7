"""Mail servers that the operator or the program names: the relay, and ``open_sender``."""

from __future__ import annotations

import asyncio

import pytest

import carteiro
from carteiro.connectors.builtin.relay import SmtpRelay
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind
from carteiro.errors import ConnectorError, DeliveryFailed, InvalidSettings
from carteiro.model.addresses import parse_address
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from proxy_parts import SocksProxy
from smtp_parts import config, message

FROM = parse_address("no-reply@e.com")
REFUSED = "private, local or reserved"
LOGIN = Behaviour(user="u", password="p4ss-word")


@pytest.mark.parametrize(
    ("url", "arrives"),
    [
        ("smtp://10.1.2.3", True),
        ("smtp://93.184.215.14", False),
        ("smtp+plain://93.184.215.14", True),
        ("smtp+plain://u:p4ss-word@93.184.215.14", True),
        ("smtp://u:p4ss-word@10.1.2.3", False),
        ("smtp://u:p4ss-word@127.0.0.1", True),
        ("smtp+starttls://127.0.0.1", False),
    ],
)
async def test_a_relay_without_tls_keeps_to_the_same_rules(url: str, arrives: bool) -> None:
    behaviour = LOGIN if "@" in url else Behaviour()
    async with SmtpSink(behaviour) as sink, SocksProxy(sink.port) as proxy:
        way = Proxies(smtp=Proxy(kind=ProxyKind.SOCKS5, host="127.0.0.1", port=proxy.port))
        guard = EgressPolicy(enabled=True, proxies=way).with_own_networks()
        relay = SmtpRelay(url, FROM, guard)
        said = ""
        try:
            await relay.send(message(), None)
        except DeliveryFailed as error:
            said = error.message
        await relay.close()

    assert len(sink.received) == arrives
    assert bool(said) is not arrives
    assert "p4ss-word" not in said
    assert proxy.asked[0][1] == (587 if "starttls" in url else 25)


@pytest.mark.parametrize(
    "url", ["smtp://h:99999", "smtp://h:x", "smtp://", "http://h", "http://h:25", "h:25"]
)
def test_a_relay_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match="CARTEIRO_RELAY_URL"):
        SmtpRelay(url, FROM, EgressPolicy(enabled=True))


@pytest.mark.parametrize(("guard", "arrives"), [(None, True), (False, True), (True, False)])
async def test_a_program_reaches_its_own_mail_server(guard: bool | None, arrives: bool) -> None:
    async with (
        SmtpSink() as sink,
        carteiro.open_sender(
            "simple-mail-transfer-protocol", config(sink.port), guard=guard
        ) as sender,
    ):
        said = None
        try:
            await sender.send("to@e.com", carteiro.TemplateType.SIGN_IN, {"code": "123456"})
        except ConnectorError as error:
            said = error.message

    assert len(sink.received) == arrives
    assert arrives or REFUSED in (said or "")


async def test_a_program_is_kept_off_metadata_and_its_endpoints_off_this_machine() -> None:
    reserved = {**config(25), "host": "169.254.169.254"}
    async with HttpSink() as inside:
        endpoint = {"endpoint": f"https://127.0.0.1:{inside.port}/"}
        for id_, given in (("simple-mail-transfer-protocol", reserved), ("http-email", endpoint)):
            async with carteiro.open_sender(id_, given) as sender:
                with pytest.raises(ConnectorError, match=REFUSED):
                    await asyncio.wait_for(
                        sender.send("to@e.com", carteiro.TemplateType.SIGN_IN, {"code": "1"}), 5
                    )

    assert inside.connections == 0
