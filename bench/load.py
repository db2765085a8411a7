"""A load generator that is cheaper than what it measures: raw HTTP/1.1 on kept connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

Requests = Callable[[int], bytes]


class _Client(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._next()

    def _next(self) -> None:
        request = self._load.next()
        assert self.transport is not None
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        place = lower.find(b"content-length:")
        length = int(lower[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._load.count(head[9:12], rest[:length])
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost()


class _Load:
    def __init__(self, requests: Requests, total: int, clients: int) -> None:
        self._requests = requests
        self._total = total
        self._issued = 0
        self._open = clients
        self.statuses: dict[bytes, int] = {}
        self.sample = b""
        self.done = asyncio.get_running_loop().create_future()

    def next(self) -> bytes | None:
        if self._issued >= self._total:
            return None
        self._issued += 1
        return self._requests(self._issued - 1)

    def count(self, status: bytes, body: bytes) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status != b"204":
            self.sample = body

    def lost(self) -> None:
        self._open -= 1
        if self._open == 0:
            self.done.set_result(None)


async def rate(port: int, requests: Requests, *, total: int, clients: int = 16) -> float:
    """Requests per second; every answer must be 204."""
    load = _Load(requests, total, clients)
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    for _ in range(clients):
        await loop.create_connection(lambda: _Client(load), "127.0.0.1", port)
    await load.done
    elapsed = time.perf_counter() - begin
    if load.statuses != {b"204": total}:
        raise RuntimeError(f"unexpected answers: {load.statuses} {load.sample[:300]!r}")
    return total / elapsed


def get(path: str) -> Requests:
    """The same GET each time."""
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    return lambda _: request


def post(path: str, token: str, body: Callable[[int], str]) -> Requests:
    """A POST whose body depends on its number."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )

    def request(number: int) -> bytes:
        content = body(number)
        return f"{head}{len(content)}\r\n\r\n{content}".encode()

    return request
