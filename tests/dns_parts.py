"""A real DNS server on loopback, by UDP and TCP, that also lies, hangs and loops where it is told."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from carteiro.senders.asking import Dns

Zone = Mapping[str, Mapping[str, str | list[str]]]
"""By name and type; a text of a TXT record is given as it is to be read."""
_HOPS = 20


class Manner(StrEnum):
    """How a question about a name is answered."""

    HANGS = "hangs"
    FAILS = "fails"
    REFUSES = "refuses"
    OTHER_ID = "other-id"
    OTHER_NAME = "other-name"
    RUBBISH = "rubbish"
    EMPTY = "empty"
    ONLY_UDP_CUT = "only-udp-cut"
    """Cut by UDP, and nothing by TCP."""
    DRIPS = "drips"
    """Cut by UDP, and by TCP one octet after another without an end."""


@dataclass
class DnsServer:
    """Use as ``async with DnsServer({...}) as server``; ``server.dns`` asks it."""

    zone: Zone
    manners: dict[str, Manner] = field(default_factory=dict)
    default: Manner | None = None
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, type, and ``udp`` or ``tcp``, in order."""
    port: int = 0
    _closing: list[Any] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", 0)
        self.port = tcp.sockets[0].getsockname()[1]
        udp, _ = await loop.create_datagram_endpoint(
            lambda: _Udp(self), local_addr=("127.0.0.1", self.port)
        )
        self._closing = [tcp, udp]
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self._closing:
            one.close()
        await asyncio.sleep(0)

    @property
    def dns(self) -> Dns:
        """A way to ask it, with little patience."""
        return self.asking()

    def asking(self, ask_seconds: float = 0.2, all_seconds: float = 0.5) -> Dns:
        """A way to ask it that waits so long."""
        return Dns([("127.0.0.1", self.port)], ask_seconds=ask_seconds, all_seconds=all_seconds)

    def answer(self, wire: bytes, way: str) -> bytes | None:
        """The answer to a question; ``None``: none."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, way))
        manner = self.manners.get(name, self.default)
        response = dns.message.make_response(query, recursion_available=True)
        if manner is Manner.HANGS or (manner is Manner.ONLY_UDP_CUT and way == "tcp"):
            return None
        if manner is Manner.RUBBISH:
            return wire[:2] + b"\xff" * 40
        if manner is Manner.EMPTY:
            return b""
        if manner is Manner.FAILS:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif manner is Manner.REFUSES:
            response.set_rcode(dns.rcode.REFUSED)
        elif manner in {Manner.ONLY_UDP_CUT, Manner.DRIPS}:
            response.flags |= dns.flags.TC
        else:
            self._fill(response, name, kind)
        if manner is Manner.OTHER_ID:
            response.id ^= 1
        if manner is Manner.OTHER_NAME:
            other = dns.message.make_query("elsewhere.test", kind)
            response.question = other.question
        return self._wire(response, query, way)

    def _wire(self, response: dns.message.Message, query: dns.message.Message, way: str) -> bytes:
        if way == "tcp":
            return response.to_wire(max_size=65535)
        try:
            return response.to_wire(max_size=query.payload or 512)
        except dns.exception.TooBig:
            response.answer.clear()
            response.flags |= dns.flags.TC
            return response.to_wire()

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(_HOPS):
            records = self.zone.get(name)
            if records is None:
                # A name above one that is there is there, too.
                if not any(other.endswith(f".{name}") for other in self.zone):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                return
            if "CNAME" in records and kind != "CNAME":
                target = str(records["CNAME"])
                response.answer.append(
                    dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target}.")
                )
                name = target.lower()
                continue
            if (found := records.get(kind)) is not None:
                values = [found] if isinstance(found, str) else found
                texts = [_quoted(value) for value in values] if kind == "TXT" else values
                response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *texts))
            return

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = self.answer(await reader.readexactly(length), "tcp")
            if wire is not None and self.default is Manner.DRIPS:
                await self._drip(writer)
            elif wire is not None:
                writer.write(struct.pack("!H", len(wire)) + wire)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(struct.pack("!H", 60_000))
        for _ in range(60_000):
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(0.01)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        wire = self._server.answer(data, "udp")
        if wire is not None:
            self._transport.sendto(wire, addr)


def _quoted(text: str) -> str:
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
    escaped = (piece.replace("\\", "\\\\").replace('"', '\\"') for piece in pieces)
    return " ".join(f'"{piece}"' for piece in escaped)
