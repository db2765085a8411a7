"""A real HTTP endpoint on loopback that answers by a script and remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

_FILLING = b"x" * 16_384


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say to a request, and how to misbehave.

    ``hang`` says nothing and waits, ``drop`` says nothing and closes, ``stall`` stops after the
    body that is given, ``endless`` goes on after it. ``delay`` is seconds before it says anything.
    """

    status: int = 200
    body: bytes = b"OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False
    endless: bool = False
    stall: bool = False
    delay: float = 0

    @property
    def is_silent(self) -> bool:
        """Whether only the client's patience ends it."""
        return self.hang or self.stall

    def head(self) -> bytes:
        """The status line and the headers."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        if not (self.endless or self.stall):
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


OK = Answer()
HUNG = Answer(hang=True)
"""The request is read, and nothing is said."""
DROPPED = Answer(drop=True)
"""The request is read, and the connection ends."""
HUNG_IN_BODY = Answer(200, b"half", {"Content-Length": "10"}, stall=True)
ENDLESS = Answer(endless=True)
NOT_GZIP = Answer(200, b"\x1f\x8bno gzip at all", {"Content-Encoding": "gzip"})


def refused(status: int, body: str = "") -> Answer:
    """A refusal with a text."""
    return Answer(status, body.encode())


def throttled(retry_after: str) -> Answer:
    """429 with a ``Retry-After``: seconds or a date."""
    return Answer(429, b"slow down", {"Retry-After": retry_after})


def redirect(to: str, status: int = 307) -> Answer:
    """A redirect."""
    return Answer(status, b"", {"Location": to})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived, ``at`` seconds of a steady clock. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class HttpSink:
    """``async with HttpSink() as sink``: POST to ``sink.url``.

    Each request takes the next answer of ``script``; when there is none left, ``answer``.
    """

    def __init__(
        self,
        answer: Answer = OK,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answer = answer
        self.script: deque[Answer] = deque()
        self.requests: list[Request] = []
        self.port = 0
        self.arrived = asyncio.Event()
        """Set once a request has been read."""
        self.connections = 0
        """How many connections were opened to it."""
        self.sent = 0
        """How many bytes of endless answers have gone out."""
        self._host = host
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def forget(self) -> None:
        """Remember none of the requests so far. Connections stay open."""
        self.requests.clear()
        self.arrived.clear()

    async def stop(self) -> None:
        """End every connection and accept no more, as a server that is down."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it listens, with a path."""
        scheme = "https" if self._tls else "http"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}/hook"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    self.requests.append(await _read(reader))
                    self.arrived.set()
                    answer = self.script.popleft() if self.script else self.answer
                    if answer.drop:
                        return
                    await self._say(answer, reader, writer)
        finally:
            writer.close()

    async def _say(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if not answer.hang:
            writer.write(answer.head() + answer.body)
            await writer.drain()
        while answer.endless:
            writer.write(_FILLING)
            await writer.drain()
            self.sent += len(_FILLING)
        if answer.hang or answer.stall:
            await reader.read()  # until the client gives up


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method=method, path=path, headers=headers, body=body, at=time.monotonic())
