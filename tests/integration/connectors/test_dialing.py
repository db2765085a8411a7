"""A line to a mail server: whom it is looked up for, checked against and led through, and for how long."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress
from ipaddress import ip_network
from typing import Any

import pytest

from carteiro.connectors.egress import dialing
from carteiro.connectors.egress.dialing import Line, dial, require_open
from carteiro.connectors.egress.guard import (
    MAIL_SERVER,
    PRIVATE,
    AddressInfo,
    EgressPolicy,
    EgressRefused,
)
from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind
from proxy_parts import ConnectProxy, Reader, SocksProxy, Writer

GREETING = b"220 mail.test\r\n"
OPEN = EgressPolicy(enabled=False)
GUARD = EgressPolicy(enabled=True)
SOON = 0.05
"""Seconds that a test lets pass on purpose."""
PATIENCE = 20.0
"""Seconds after which what was to end in ``SOON`` counts as endless."""


@pytest.fixture
async def greeter() -> AsyncIterator[tuple[int, list[str]]]:
    """A port that greets, and from which addresses it was called."""
    callers: list[str] = []

    async def greet(_: Reader, writer: Writer) -> None:
        callers.append(writer.get_extra_info("peername")[0])
        writer.write(GREETING)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], callers


@pytest.fixture
def silent() -> Iterator[int]:
    """A port whose connections never come about: its queue of one is full."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


async def said(line: Line) -> bytes:
    with line.socket:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line.socket, 99), 10)


async def failure(attempt: Any) -> OSError:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - what it says is asserted by the tests
        await asyncio.wait_for(attempt, PATIENCE)
    return caught.value


def behind(port: int, kind: ProxyKind, host: str = "127.0.0.1", *, guard: bool = False) -> Any:
    way = Proxy(kind=kind, host=host, port=port)
    return EgressPolicy(enabled=guard, proxies=Proxies(smtp=way))


def address(host: str, port: int) -> AddressInfo:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, float]]]:
    """Answer for one name in place of the machine's resolver, that cannot be had one by one."""
    original = dialing._look_up
    asked: list[tuple[str, float]] = []

    def answering(name: str, *found: AddressInfo) -> list[tuple[str, float]]:
        async def look_up(host: str, port: int, seconds: float) -> Any:
            asked.append((host, seconds))
            return found if host == name else await original(host, port, seconds)

        monkeypatch.setattr(dialing, "_look_up", look_up)
        return asked

    return answering


@pytest.fixture
def mute_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names other than addresses are never resolved."""

    class Loop:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio.get_running_loop(), name)

        async def getaddrinfo(self, host: str, *arguments: Any, **named: Any) -> Any:
            if host.endswith(".test"):
                await asyncio.Event().wait()
            return await asyncio.get_running_loop().getaddrinfo(host, *arguments, **named)

    class Asyncio:
        get_running_loop = Loop

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

    monkeypatch.setattr(dialing, "asyncio", Asyncio())


class TestDirect:
    async def test_the_line_is_open_and_says_where_it_leads(
        self, greeter: tuple[int, list[str]]
    ) -> None:
        line = await dial(OPEN, "localhost", greeter[0])

        assert line.address == "127.0.0.1"
        assert await said(line) == GREETING

    async def test_it_leaves_from_the_local_address(self, greeter: tuple[int, list[str]]) -> None:
        line = await dial(OPEN, "127.0.0.1", greeter[0], local_address="127.0.0.9")

        assert await said(line) == GREETING
        assert greeter[1] == ["127.0.0.9"]

    async def test_a_local_address_is_no_name(self, greeter: tuple[int, list[str]]) -> None:
        failed = await failure(dial(OPEN, "127.0.0.1", greeter[0], local_address="localhost"))

        assert isinstance(failed, socket.gaierror)
        assert greeter[1] == []

    async def test_a_silent_address_holds_up_neither_the_next_nor_the_caller(
        self, greeter: tuple[int, list[str]], silent: int, resolver: Callable[..., Any]
    ) -> None:
        resolver("mail.test", address("127.0.0.1", silent), address("127.0.0.1", greeter[0]))

        line = await asyncio.wait_for(dial(OPEN, "mail.test", 25), PATIENCE)
        ended = await failure(dial(OPEN, "127.0.0.1", silent, connect_timeout=SOON))

        assert await said(line) == GREETING
        assert isinstance(ended, TimeoutError)
        assert str(ended) == "no connection came about in time"

    async def test_each_socket_passes_the_guard_again(
        self, greeter: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policy = EgressPolicy(enabled=True, allow=[ip_network("127.0.0.0/8")])
        answers = [True, False]
        monkeypatch.setattr(EgressPolicy, "permits", lambda *_: answers.pop(0))

        refused = await failure(dial(policy, "127.0.0.1", greeter[0]))

        assert str(refused) == MAIL_SERVER
        assert (answers, greeter[1]) == ([], [])

    @pytest.mark.parametrize("kind", [None, ProxyKind.SOCKS5])
    @pytest.mark.usefixtures("mute_resolver")
    async def test_a_silent_resolver_has_its_own_time(self, kind: ProxyKind | None) -> None:
        policy = OPEN if kind is None else behind(9, kind)

        ended = await failure(dial(policy, "mail.test", 25, dns_timeout=SOON))

        assert str(ended) == "its name was not resolved in time"

    @pytest.mark.parametrize("kind", [None, *ProxyKind])
    async def test_a_name_that_cannot_be_written_is_one_that_cannot_be_resolved(
        self, kind: ProxyKind | None, greeter: tuple[int, list[str]]
    ) -> None:
        async with ConnectProxy(greeter[0]) as http, SocksProxy(greeter[0]) as socks:
            port = http.port if kind is ProxyKind.HTTP else socks.port
            policy = OPEN if kind is None else behind(port, kind)
            failed = await failure(dial(policy, "x" * 70 + "é.test", 25))

        assert str(failed) == "its name cannot be resolved"
        assert http.asked == socks.asked == []


class TestBehindAProxyThatLooksUp:
    @pytest.mark.usefixtures("mute_resolver")
    async def test_a_name_that_we_cannot_resolve_in_time_is_the_proxys_to_judge(
        self, greeter: tuple[int, list[str]]
    ) -> None:
        async with ConnectProxy(greeter[0]) as proxy:
            policy = behind(proxy.port, ProxyKind.HTTP, guard=True)
            line = await asyncio.wait_for(dial(policy, "mail.test", 25, dns_timeout=SOON), PATIENCE)
            heard = await said(line)

        assert (line.address, heard) == (None, GREETING)
        assert proxy.asked == [("mail.test", 25)]

    async def test_the_callers_time_holds_for_that_look_up(
        self, greeter: tuple[int, list[str]], resolver: Callable[..., Any]
    ) -> None:
        asked = resolver("mail.test", address("8.8.8.8", 25))
        async with ConnectProxy(greeter[0]) as proxy:
            policy = behind(proxy.port, ProxyKind.HTTP, guard=True)
            (await dial(policy, "mail.test", 25, dns_timeout=7.5)).socket.close()

        assert ("mail.test", 7.5) in asked

    async def test_refusals_are_told_as_the_caller_wants_them(self) -> None:
        policy = behind(9, ProxyKind.HTTP, guard=True)

        dialled = await failure(dial(policy, "127.0.0.1", 25))
        asked = await failure(require_open(policy, "127.0.0.1"))

        assert isinstance(dialled, EgressRefused)
        assert (str(dialled), str(asked)) == (MAIL_SERVER, PRIVATE)

    @pytest.mark.parametrize("kind", list(ProxyKind))
    async def test_a_proxy_that_says_nothing_has_no_more_time_than_a_server(
        self, kind: ProxyKind
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            policy = behind(mute.getsockname()[1], kind)
            ended = await failure(dial(policy, "127.0.0.1", 25, connect_timeout=SOON))

        assert str(ended) == "no connection came about in time"

    async def test_socks_is_given_the_name(self, greeter: tuple[int, list[str]]) -> None:
        async with SocksProxy(greeter[0]) as proxy:
            line = await dial(behind(proxy.port, ProxyKind.SOCKS5H), "localhost", 25)
            heard = await said(line)

        assert (line.address, heard) == (None, GREETING)
        assert proxy.asked == [("localhost", 25)]


class TestConnect:
    @pytest.mark.parametrize(
        ("host", "place"),
        [
            ("mail.test", "mail.test:25"),
            ("2001:db8::5", "[2001:db8::5]:25"),
            ("bücher.test", "xn--bcher-kva.test:25"),
        ],
    )
    async def test_the_place_is_written_as_in_a_url(self, host: str, place: str) -> None:
        heads: list[bytes] = []

        async def agree(reader: Reader, writer: Writer) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + GREETING)
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(agree, "127.0.0.1", 0) as server:
            policy = behind(server.sockets[0].getsockname()[1], ProxyKind.HTTP, "localhost")
            line = await dial(policy, host, 25)
            heard = await said(line)

        assert heads == [f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()]
        assert heard == GREETING

    @pytest.mark.parametrize(
        ("answer", "shown"),
        [
            (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
            (b"HTTP/1.1 4071234 x\r\n\r\n", "407"),
            (b"HTTP/1.1 \xff\xfe\xfd\xfc x\r\n\r\n", "\ufffd\ufffd\ufffd"),
            (b"garbage\r\n\r\n", "no answer"),
            (b"", "no answer"),
            (b"HTTP/1.1 200 OK\r\n", "200"),
            (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000, "200"),
        ],
        ids=["refused", "long", "letters", "garbage", "nothing", "half", "endless"],
    )
    async def test_any_other_answer_is_a_failure_and_the_line_is_closed(
        self, answer: bytes, shown: str
    ) -> None:
        ended = asyncio.Event()

        async def serve(reader: Reader, writer: Writer) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            if len(answer) < 1000 and not answer.endswith(b"\r\n\r\n"):
                writer.write_eof()
            with suppress(ConnectionResetError):
                await reader.read()
            ended.set()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            policy = behind(server.sockets[0].getsockname()[1], ProxyKind.HTTP)
            failed = await failure(dial(policy, "mail.test", 25))
            await asyncio.wait_for(ended.wait(), PATIENCE)

        assert str(failed) == f"the proxy did not connect ({shown})"


class TestSeveralAddresses:
    FOUND = (
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 25, 0, 0)),
        address("192.0.2.2", 25),
        address("192.0.2.3", 25),
    )

    async def proxied(self, good: set[str], target: int) -> tuple[Line | OSError, list[Any]]:
        class Choosy(SocksProxy):
            async def join(self, reader: Reader, writer: Writer, *rest: Any, **named: Any) -> None:
                if self.asked[-1][0] not in good:
                    writer.write(bytes([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]))
                    return
                await super().join(reader, writer, *rest, **named)

        async with Choosy(target) as proxy:
            try:
                line = await dial(behind(proxy.port, ProxyKind.SOCKS5), "mail.test", 25)
            except OSError as error:
                return error, proxy.asked
            line.socket.close()
            return line, proxy.asked

    @pytest.mark.parametrize("good", ["2001:db8::1", "192.0.2.2", "192.0.2.3"])
    async def test_they_are_tried_in_turn_until_one_is_reached(
        self, good: str, greeter: tuple[int, list[str]], resolver: Callable[..., Any]
    ) -> None:
        resolver("mail.test", *self.FOUND)

        line, asked = await self.proxied({good}, greeter[0])

        assert isinstance(line, Line)
        assert line.address == good
        names = [info[4][0] for info in self.FOUND]
        assert asked == [(name, 25) for name in names[: names.index(good) + 1]]

    async def test_when_none_is_reached_the_last_one_says_why(
        self, greeter: tuple[int, list[str]], resolver: Callable[..., Any]
    ) -> None:
        resolver("mail.test", *self.FOUND)

        failed, asked = await self.proxied(set(), greeter[0])

        assert isinstance(failed, OSError)
        assert str(failed).startswith("the proxy did not connect (")
        assert [name for name, _ in asked] == [info[4][0] for info in self.FOUND]
