"""Proxies on loopback that write down where they are asked to go, and go somewhere else."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any, Self

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class _Proxy(ABC):
    """``target`` is the port of 127.0.0.1 that every connection leads to."""

    def __init__(self, target: int, *, login: tuple[str, str] | None = None) -> None:
        self.target = target
        self.login = login
        self.asked: list[tuple[str, int]] = []
        """The destinations, as clients named them."""
        self.port = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: Reader, writer: Writer) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self.greet(reader, writer)
        finally:
            writer.close()

    @abstractmethod
    async def greet(self, reader: Reader, writer: Writer) -> None:
        """Speak the proxy's protocol until the connection is joined to its target."""

    async def join(
        self, reader: Reader, writer: Writer, agreed: bytes, *, talks_first: bool = False
    ) -> None:
        """Lead the connection to the target; ``agreed`` tells the client that it stands."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(agreed + (await far_reader.readline() if talks_first else b""))
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()


async def _copy(reader: Reader, writer: Writer) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class SocksProxy(_Proxy):
    """SOCKS5 (RFC 1928), with a password (RFC 1929) where a ``login`` is set."""

    async def greet(self, reader: Reader, writer: Writer) -> None:
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 2 if self.login else 0
        writer.write(bytes([5, method if method in offered else 255]))
        if self.login:
            await reader.readexactly(1)
            given = [await self._text(reader) for _ in range(2)]
            right = given == [text.encode() for text in self.login]
            writer.write(bytes([1, 0 if right else 1]))
            if not right:
                return
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await self._text(reader)).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        await self.join(reader, writer, bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))

    async def _text(self, reader: Reader) -> bytes:
        (length,) = await reader.readexactly(1)
        return await reader.readexactly(length)


class ConnectProxy(_Proxy):
    """CONNECT (RFC 9110 §9.3.6). The target's first words come with the answer, in one piece."""

    def __init__(
        self, target: int, *, login: tuple[str, str] | None = None, talks_first: bool = False
    ) -> None:
        super().__init__(target, login=login)
        self._talks_first = talks_first

    async def greet(self, reader: Reader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        host, _, port = first.split(" ")[1].rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        if self.login:
            token = base64.b64encode(":".join(self.login).encode()).decode()
            if f"Proxy-Authorization: Basic {token}" not in lines:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
        agreed = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n"
        await self.join(reader, writer, agreed, talks_first=self._talks_first)
