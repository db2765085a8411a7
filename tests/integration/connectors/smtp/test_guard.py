"""Mail servers behind the egress guard, and what may go over a line without TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from typing import Any

import pytest

from carteiro.connectors.builtin.relay import SmtpRelay
from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.connectors.smtp.session import SmtpServer, speaks_tls
from carteiro.errors import ConnectorError, DeliveryFailed, Disposition
from carteiro.model.addresses import parse_address
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from proxy_parts import ConnectProxy, SocksProxy
from smtp_parts import config, message

GUARD = EgressPolicy(enabled=True)
REFUSED = "address is private, local or reserved"
LOGIN = {"auth": {"type": "login", "user": "u", "pass": "p4ss-word"}}
ABLE = {"user": "u", "password": "p4ss-word"}
Guarded = Callable[..., SmtpConnector]


def behind(proxy: SocksProxy | ConnectProxy, kind: ProxyKind, **login: str) -> Proxies:
    return Proxies(smtp=Proxy(kind=kind, host="127.0.0.1", port=proxy.port, **login))


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
    made: list[Awaitable[None]] = []

    def connector(policy: EgressPolicy, port: int, **changes: Any) -> SmtpConnector:
        http = HttpClient(policy)
        services = Services(http=http, clock=FrozenClock())
        opened = SmtpConnector(SmtpConnector.parse(config(port, **changes)), services)
        made.extend([opened.close(), http.close()])
        return opened

    yield connector
    for close in made:
        await close


async def refusal(attempt: Awaitable[Any]) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await asyncio.wait_for(attempt, 10)
    return caught.value


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1"),
        *("0", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::", "10.0.0.1", "100.64.0.1"),
        *("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254"),
        *("2002:7f00:1::", "fe80::1", "100.100.100.200", "192.168.1.1", "255.255.255.255"),
    ],
)
async def test_no_spelling_of_a_closed_address_is_connected_to(
    guarded: Guarded, host: str, secure: bool
) -> None:
    async with SmtpSink() as sink:
        connector = guarded(GUARD, sink.port, host=host, secure=secure)
        sending = await refusal(connector.send(message()))
        checking = await refusal(connector.check())

        assert sink.connections == 0
    assert sending.disposition is Disposition.PERMANENT
    assert sending.message == checking.message
    assert sending.message.startswith("The mail server's address is private, local or reserved.")


async def test_a_refusal_does_not_tell_open_ports_from_closed_ones(guarded: Guarded) -> None:
    async with HttpSink() as service:
        open_ = await refusal(guarded(GUARD, service.port).send(message()))
    closed = await refusal(guarded(GUARD, 1).send(message()))

    assert (open_.message, open_.data, open_.disposition) == (
        closed.message,
        closed.data,
        closed.disposition,
    )


async def test_what_a_service_that_is_no_mail_server_says_is_not_told(guarded: Guarded) -> None:
    async def reveal(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR internal-secret\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reveal, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    failed = await refusal(guarded(GUARD.with_own_networks(), port).check())

    server.close()
    assert "internal-secret" not in failed.message
    assert failed.disposition is Disposition.TRANSIENT


async def test_a_name_is_looked_up_once_and_the_checked_address_connected_to(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = ["127.0.0.2", "127.0.0.1"]

    async def rebinding(host: str, port: int, _: float) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    # By name: a resolver that changes its mind would be one for the whole machine.
    monkeypatch.setattr("carteiro.connectors.egress.dialing._look_up", rebinding)
    policy = EgressPolicy(enabled=True, allow=[ip_network("127.0.0.2/32")])
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.2", 0)
    port = server.sockets[0].getsockname()[1]

    first = await refusal(guarded(policy, port, host="mail.rebinding.test").send(message()))
    second = await refusal(guarded(policy, port, host="mail.rebinding.test").send(message()))

    server.close()
    assert asked == ["mail.rebinding.test"] * 2
    assert REFUSED not in first.message
    assert REFUSED in second.message


async def test_the_probe_for_tls_goes_through_the_guard(server_tls: ssl.SSLContext) -> None:
    async with SmtpSink(tls=server_tls, implicit=True) as sink:
        closed = await speaks_tls(SmtpServer(host="127.0.0.1", port=sink.port, egress=GUARD))
        seen = sink.connections
        own = GUARD.with_own_networks()
        open_ = await speaks_tls(SmtpServer(host="127.0.0.1", port=sink.port, egress=own))

    assert (closed, seen, open_) == (False, 0, True)


async def test_an_allowed_network_is_open(guarded: Guarded) -> None:
    policy = EgressPolicy(enabled=True, allow=[ip_network("127.0.0.0/8")])
    async with SmtpSink() as sink:
        await guarded(policy, sink.port).send(message())

    assert len(sink.received) == 1


@pytest.mark.parametrize(("host", "refused"), [("127.0.0.1", False), ("169.254.169.254", True)])
async def test_a_relay_may_stand_on_this_machine_and_not_where_the_metadata_is(
    host: str, refused: bool
) -> None:
    async with SmtpSink() as sink:
        url = f"smtp://{host}:{sink.port}"
        relay = SmtpRelay(url, parse_address("no-reply@e.com"), GUARD.with_own_networks())
        if refused:
            assert REFUSED in (await refusal(relay.check())).message
        else:
            assert "answers, not encrypted (on this machine)" in await relay.check()
        await relay.close()


class TestWithoutTls:
    """``93.184.215.14`` is reached through a proxy that leads to a server on loopback."""

    @pytest.mark.parametrize(
        ("host", "changes", "arrives"),
        [
            ("93.184.215.14", {}, False),
            ("93.184.215.14", {"ignoreTLS": True}, True),
            ("93.184.215.14", {**LOGIN, "ignoreTLS": True}, True),
            ("10.1.2.3", {}, True),
            ("fd12::1", {}, True),
            ("100.64.0.1", {}, False),
            ("10.1.2.3", LOGIN, False),
            ("10.1.2.3", {**LOGIN, "ignoreTLS": True}, True),
            ("127.0.0.1", LOGIN, True),
        ],
    )
    async def test_a_mail_stays_inside_and_a_password_on_this_machine(
        self, guarded: Guarded, host: str, changes: dict[str, Any], arrives: bool
    ) -> None:
        signs_in = ABLE if "auth" in changes else {}
        async with SmtpSink(Behaviour(**signs_in)) as sink, SocksProxy(sink.port) as proxy:
            policy = EgressPolicy(enabled=False, proxies=behind(proxy, ProxyKind.SOCKS5))
            connector = guarded(policy, 587, host=host, **changes)
            if arrives:
                await connector.send(message())
                failed = None
            else:
                failed = await refusal(connector.send(message()))

        assert proxy.asked == [(host, 587)]
        assert len(sink.received) == arrives
        if failed is not None:
            assert "not encrypted" in failed.message
            assert "`ignoreTLS`" in failed.message
            assert failed.disposition is Disposition.TRANSIENT

    async def test_a_password_is_not_even_begun(self, guarded: Guarded) -> None:
        def heard() -> str:
            raise AssertionError("the dialogue went on")

        behaviour = Behaviour(**ABLE, mail=heard)
        async with SmtpSink(behaviour) as sink, SocksProxy(sink.port) as proxy:
            policy = EgressPolicy(enabled=False, proxies=behind(proxy, ProxyKind.SOCKS5))
            failed = await refusal(guarded(policy, 25, host="10.1.2.3", **LOGIN).check())

        assert failed.message.startswith("The password was not sent")

    async def test_starttls_opens_the_usual_setup_to_everywhere(
        self, guarded: Guarded, server_tls: ssl.SSLContext, ca: dict[str, Any]
    ) -> None:
        async with (
            SmtpSink(Behaviour(**ABLE), tls=server_tls) as sink,
            SocksProxy(sink.port) as proxy,
        ):
            policy = EgressPolicy(enabled=True, proxies=behind(proxy, ProxyKind.SOCKS5))
            connector = guarded(
                policy, 587, host="93.184.215.14", tls=ca, servername="localhost", **LOGIN
            )
            await connector.send(message())
            seen = await connector.check()

        assert len(sink.received) == 1
        assert seen == "93.184.215.14:587 answers, TLSv1.3, signed in"


class TestProxies:
    async def test_socks5_is_given_the_address_that_the_guard_has_checked(
        self, guarded: Guarded
    ) -> None:
        login = ("ana", "s3cret")
        async with SmtpSink() as sink, SocksProxy(sink.port, login=login) as proxy:
            way = behind(proxy, ProxyKind.SOCKS5, user="ana", password="s3cret")
            await guarded(EgressPolicy(enabled=False, proxies=way), 25, host="localhost").send(
                message()
            )
            closed = await refusal(
                guarded(EgressPolicy(enabled=True, proxies=way), 25, host="localhost").check()
            )

        assert [host for host, _ in proxy.asked] == [proxy.asked[0][0]]
        assert proxy.asked[0][0] in {"127.0.0.1", "::1"}
        assert REFUSED in closed.message

    @pytest.mark.parametrize("kind", [ProxyKind.SOCKS5H, ProxyKind.HTTP])
    async def test_a_proxy_that_looks_names_up_is_given_the_name(
        self, guarded: Guarded, kind: ProxyKind
    ) -> None:
        make = SocksProxy if kind is ProxyKind.SOCKS5H else ConnectProxy
        async with SmtpSink() as sink, make(sink.port) as proxy:
            policy = EgressPolicy(enabled=True, proxies=behind(proxy, kind))
            connector = guarded(policy, 25, host="mail.example.invalid", ignoreTLS=True)
            await connector.send(message())

        assert proxy.asked == [("mail.example.invalid", 25)]
        assert len(sink.received) == 1

    @pytest.mark.parametrize("kind", [ProxyKind.SOCKS5H, ProxyKind.HTTP])
    @pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "169.254.169.254"])
    async def test_no_proxy_is_asked_for_what_is_closed_as_far_as_we_can_see(
        self, guarded: Guarded, kind: ProxyKind, host: str
    ) -> None:
        make = SocksProxy if kind is ProxyKind.SOCKS5H else ConnectProxy
        async with SmtpSink() as sink, make(sink.port) as proxy:
            policy = EgressPolicy(enabled=True, proxies=behind(proxy, kind))
            failed = await refusal(guarded(policy, 25, host=host).send(message()))

        assert REFUSED in failed.message
        assert (proxy.asked, sink.connections) == ([], 0)

    async def test_a_proxy_may_choose_so_none_of_several_addresses_may_be_closed(
        self, guarded: Guarded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def both(_: str, port: int, __: float) -> list[Any]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in ("93.184.215.14", "10.0.0.1")]

        # By name: a name with two addresses would be one for the whole machine.
        monkeypatch.setattr("carteiro.connectors.egress.dialing._look_up", both)
        way = Proxies(smtp=Proxy(kind=ProxyKind.SOCKS5H, host="127.0.0.1", port=1))

        failed = await refusal(
            guarded(EgressPolicy(enabled=True, proxies=way), 25, host="mail.both.test").check()
        )

        assert REFUSED in failed.message

    async def test_a_greeting_that_comes_with_the_proxys_answer_is_read(
        self, guarded: Guarded
    ) -> None:
        async with SmtpSink() as sink, ConnectProxy(sink.port, talks_first=True) as proxy:
            policy = EgressPolicy(enabled=False, proxies=behind(proxy, ProxyKind.HTTP))
            await guarded(policy, 25, host="mail.example.invalid", ignoreTLS=True).send(message())

        assert len(sink.received) == 1

    @pytest.mark.parametrize("kind", [ProxyKind.SOCKS5, ProxyKind.HTTP])
    async def test_a_proxy_that_refuses_us_is_named_and_its_password_is_not(
        self, guarded: Guarded, kind: ProxyKind
    ) -> None:
        make = SocksProxy if kind is ProxyKind.SOCKS5 else ConnectProxy
        async with SmtpSink() as sink, make(sink.port, login=("ana", "right")) as proxy:
            way = behind(proxy, kind, user="ana", password="wr0ng-pass")
            policy = EgressPolicy(enabled=False, proxies=way)
            failed = await refusal(guarded(policy, 25, host="93.184.215.14").send(message()))

        assert "the proxy did not connect" in failed.message
        assert "wr0ng-pass" not in failed.message + repr(way)
        assert failed.disposition is Disposition.TRANSIENT

    @pytest.mark.parametrize("kind", list(ProxyKind))
    async def test_a_proxy_that_is_away_is_not_told_apart_by_its_address(
        self, guarded: Guarded, kind: ProxyKind
    ) -> None:
        way = Proxies(smtp=Proxy(kind=kind, host="127.0.0.9", port=1))
        policy = EgressPolicy(enabled=True, proxies=way)

        failed = await refusal(guarded(policy, 25, host="93.184.215.14").send(message()))

        assert "the proxy cannot be reached" in failed.message
        assert "127.0.0.9" not in failed.message
        assert failed.disposition is Disposition.TRANSIENT

    async def test_a_host_on_the_list_is_reached_without_a_proxy(self, guarded: Guarded) -> None:
        nowhere = Proxy(kind=ProxyKind.SOCKS5, host="127.0.0.1", port=1)
        policy = EgressPolicy(
            enabled=False, proxies=Proxies(smtp=nowhere, bypass="example.test, localhost")
        )
        async with SmtpSink() as sink:
            await guarded(policy, sink.port, host="localhost").send(message())
            with pytest.raises(ConnectorError):
                await guarded(policy, sink.port, host="127.0.0.1").send(message())

        assert len(sink.received) == 1
