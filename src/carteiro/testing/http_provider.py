"""A provider's API on loopback, under its own name: production URLs, TLS and all.

    async with HttpSink(tls=server_tls("api.acme.test")) as sink:
        http = client_of(sink)
        await http.post("https://api.acme.test/send", ...)  # arrives at the sink

It needs ``trustme``.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from functools import cache

import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient, HttpReply
from carteiro.testing.http_sink import HttpSink


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_tls(*hosts: str) -> ssl.SSLContext:
    """The TLS side of a server that is ``hosts``, for clients of ``client_of``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority().issue_cert(*hosts).configure_cert(context)
    return context


class EveryName(AbstractResolver):
    """Every name is the sink's address."""

    def __init__(self, sink: HttpSink) -> None:
        self._sink = sink

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The sink's address and port, whatever was asked for."""
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._sink.port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """There is nothing to close."""


class SinkClient(HttpClient):
    """A client whose ``patience``, in seconds, may change between two requests."""

    patience: float | None = None
    """``None`` is the client's own time-out."""

    async def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: Mapping[str, str],
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the client's own
    ) -> HttpReply:
        """POST with the present patience."""
        seconds = self.patience if timeout is None else timeout
        return await super().post(url, data=data, headers=headers, timeout=seconds)


def client_of(sink: HttpSink, *, timeout: float = 30.0, limit: int = 100) -> SinkClient:
    """A client for which every name leads to ``sink``, and whose certificates are trusted."""
    tls = ssl.create_default_context()
    _authority().configure_trust(tls)
    return SinkClient(
        EgressPolicy(enabled=False),
        timeout=timeout,
        limit=limit,
        tls=tls,
        resolver=EveryName(sink),
    )
