"""Connectors with an HTTP API beside the bare HTTP client: the same bodies, the same TLS sink."""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import re
import socket
import ssl
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import trustme
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.registry import Registry
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered
from carteiro.testing.clock import FrozenClock

IN_FLIGHT = 32
REQUESTS = 800
ROUNDS = 5
_PAGES = Path(__file__).parents[1] / "docs/reference/connectors"
_ANSWER = json.dumps(
    {
        "MessageId": "1",
        "EnvId": "1",
        "RequestId": "1",
        "id": "1",
        "messageId": "1",
        "data": {"succeeded": 1},
        "emails": [{"id": "1"}],
        "results": {"id": "1"},
        "Messages": [{"Status": "success"}],
    }
).encode()
"""A success in the words of every provider."""
_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(_ANSWER), _ANSWER)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Sink(asyncio.Protocol):
    """Reads requests and answers at once."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            total = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < total:
                return
            self._buffer = self._buffer[total:]
            self._transport.write(_REPLY)


def _serve(certificate: bytes, ready: Any) -> None:
    async def main() -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with trustme.Blob(certificate).tempfile() as path:
            context.load_cert_chain(path)
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0, ssl=context)
        ready.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    uvloop.run(main())


class _EveryName(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=self._port,
                family=socket.AF_INET, proto=0, flags=flags,
            )
        ]  # fmt: skip

    async def close(self) -> None:
        pass


def _message() -> Message:
    return Message(
        id="m" * 21,
        to=parse_address("to@example.com"),
        type=TemplateType.SIGN_IN,
        payload={"code": "123456", "locale": "en"},
        created_at=1_800_000_000_000,
        content=Rendered(
            subject="Your code is 123456",
            text="Your code is 123456.\n" * 20,
            html="<p>Your code is <b>123456</b>.</p>\n" * 60,
        ),
    )


def _connectors(http: Any) -> dict[str, HttpApiConnector]:
    services = Services(http=http, clock=FrozenClock())
    own = {"endpoint": "https://hook.example.test/mail", "authorization": "Bearer of-the-bench"}
    found: dict[str, HttpApiConnector] = {}
    for factory in Registry.discover().factories():
        page = _PAGES / f"{factory.metadata.id}.md"
        if issubclass(factory, HttpApiConnector) and page.exists():
            block = re.search(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
            config = json.loads(block[1]) if block else own
            found[factory.metadata.id] = factory(factory.parse(config), services)
    return found


async def _rate(send: Callable[[], Awaitable[Any]]) -> float:
    left = iter(range(REQUESTS))

    async def worker() -> None:
        for _ in left:
            await send()

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return REQUESTS / (time.perf_counter() - begin)


async def _measure(port: int, tls: ssl.SSLContext) -> dict[str, float]:
    http = HttpClient(EgressPolicy(enabled=True), tls=tls, resolver=_EveryName(port))
    # The guard would refuse loopback; a public address is let through at the same cost.
    http._egress.permits = lambda _: True  # type: ignore[method-assign]  # noqa: SLF001
    message = _message()
    ratios = {}
    bare = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls, resolver=_EveryName(port)),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with bare:
        for name, connector in _connectors(http).items():
            request = connector.request(message)

            async def plain(request: Any = request) -> None:
                async with bare.post(
                    request.url, data=request.body, headers=request.headers
                ) as reply:
                    await reply.read()

            async def ours(connector: HttpApiConnector = connector) -> None:
                await connector.send(message)

            rates = {"plain": [], "ours": []}  # type: dict[str, list[float]]
            for turn in itertools.islice(itertools.cycle(("plain", "ours")), 2 * ROUNDS + 2):
                rates[turn].append(await _rate(plain if turn == "plain" else ours))
            # The first round warms up.
            medians = {turn: statistics.median(values[1:]) for turn, values in rates.items()}
            ratios[name] = medians["ours"] / medians["plain"]
    await http.close()
    return ratios


def measure() -> dict[str, float]:
    """For each connector: its requests per second over the bare client's."""
    probe: Any = None
    connectors = _connectors(probe)
    hosts = {urlsplit(each.request(_message()).url).hostname or "" for each in connectors.values()}
    authority = trustme.CA()
    certificate = authority.issue_cert(*sorted(hosts)).private_key_and_cert_chain_pem.bytes()
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    receive, send = multiprocessing.Pipe(duplex=False)
    sink = multiprocessing.Process(target=_serve, args=(certificate, send), daemon=True)
    sink.start()
    try:
        return uvloop.run(_measure(receive.recv(), tls))
    finally:
        sink.terminate()
        sink.join()


if __name__ == "__main__":
    for name, ratio in sorted(measure().items(), key=lambda entry: entry[1]):
        print(f"{name:30} {ratio:.2f}")
