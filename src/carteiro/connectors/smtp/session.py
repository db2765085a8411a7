"""One SMTP connection: opened through the guard, greeted, secured and signed in."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import aiosmtplib

from carteiro.connectors.egress.dialing import Line, dial
from carteiro.connectors.egress.guard import EgressPolicy, is_inside, is_loopback
from carteiro.connectors.smtp.errors import (
    BROKEN,
    Stage,
    expects_tls,
    in_clear,
    refused,
    unreachable,
    without_esmtp,
)
from carteiro.errors import ConnectorError, DeliveryFailed

_SILENCE = 2.0
"""Seconds without a greeting after which something is probably wrong."""
_FULL_NAME = re.compile(r"(?!localhost\.)(?=.*[A-Za-z])[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PASSWORD = frozenset(aiosmtplib.SMTP.AUTH_METHODS)
TOKEN = frozenset({"xoauth2"})


@dataclass(frozen=True, slots=True)
class SignIn:
    """Credentials: the methods of AUTH that can carry them, and how they are given."""

    methods: frozenset[str]
    give: Callable[[aiosmtplib.SMTP], Awaitable[None]] = field(repr=False)

    def is_offered(self, client: aiosmtplib.SMTP) -> bool:
        """Whether the server offers one of the methods."""
        return not self.methods.isdisjoint(client.server_auth_methods)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to connect. Times are seconds."""

    host: str
    port: int
    egress: EgressPolicy = field(default=EgressPolicy(enabled=True), repr=False)
    implicit_tls: bool = False
    starttls: bool | None = None
    """``None`` upgrades when the server offers it, ``True`` insists, ``False`` never does."""
    plain: bool = False
    """Whether mails and credentials may go anywhere without TLS: somebody said so in the config."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    server_name: str | None = None
    helo_name: str | None = None
    local_address: str | None = None
    dns_timeout: float = 30.0
    connect_timeout: float = 30.0
    greeting_timeout: float = 30.0
    socket_timeout: float = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A connection that is ready for MAIL. ``address`` is where it leads, if that is known."""

    client: aiosmtplib.SMTP
    address: str | None
    signed_in: bool
    encrypted: bool


def is_encrypted(client: aiosmtplib.SMTP) -> bool:
    """Whether a connection has TLS."""
    return client.get_transport_info("sslcontext") is not None


async def open_session(server: SmtpServer, sign_in: SignIn | None) -> Session:
    """Connect, secure and sign in. Raises ``ConnectorError``.

    Credentials go over TLS or stay on this machine, a mail goes over TLS or stays in a private
    network, unless the config says that both may go without.
    """
    try:
        line = await _dial(server)
        client = _client(server, line)
        done = False
        try:
            client.local_hostname = await _greeting_name(server, line)
            await _greet(client, server)
            await _hello(client, server, sign_in)
            await _secure(client, server, sign_in)
            signs_in = sign_in is not None and sign_in.is_offered(client)
            _require_privacy(client, server, line.address, signs_in=signs_in)
            if sign_in is not None and signs_in:
                await _give(client, sign_in)
            done = True
            return Session(client, line.address, signs_in, is_encrypted(client))
        finally:
            if not done:
                client.close()
                line.socket.close()
    except ConnectorError:
        raise
    except BROKEN as error:
        raise unreachable(error, server) from None


async def speaks_tls(server: SmtpServer) -> bool:
    """Whether a server takes a TLS handshake as the first thing; nothing is sent over it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_SILENCE):
            line = await _dial(server)
            with line.socket:
                _, writer = await asyncio.open_connection(
                    sock=line.socket, ssl=context, server_hostname=server.host
                )
                writer.close()
    except BROKEN:
        return False
    return True


async def _dial(server: SmtpServer) -> Line:
    return await dial(
        server.egress,
        server.host,
        server.port,
        local_address=server.local_address,
        dns_timeout=server.dns_timeout,
        connect_timeout=server.connect_timeout,
    )


def _client(server: SmtpServer, line: Line) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.server_name or server.host,
        sock=line.socket,
        use_tls=server.implicit_tls,
        start_tls=False,
        tls_context=server.tls,
        timeout=server.socket_timeout,
    )


async def _greeting_name(server: SmtpServer, line: Line) -> str:
    """RFC 5321 §4.1.4: a host name with a dot, else our address in brackets."""
    name = server.helo_name
    if name is None:
        with suppress(TimeoutError):  # a resolver that says nothing of us is no reason to wait
            async with asyncio.timeout(_SILENCE):
                name = await asyncio.to_thread(_machine_name)
    if name:
        return name
    address: str = line.socket.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


@cache
def _machine_name() -> str | None:
    name = socket.getfqdn()
    return name if _FULL_NAME.fullmatch(name) else None


async def _greet(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    """Read the greeting; a silent server is asked whether it waits for TLS."""
    connecting = asyncio.ensure_future(client.connect(timeout=server.greeting_timeout))
    try:
        await asyncio.wait({connecting}, timeout=_SILENCE)
        silent = not connecting.done() and not server.implicit_tls
        if silent and await speaks_tls(server):
            raise expects_tls(server)
        await connecting
    finally:
        connecting.cancel()


async def _hello(client: aiosmtplib.SMTP, server: SmtpServer, sign_in: SignIn | None) -> None:
    """EHLO, and HELO where the server knows no better (RFC 5321 §3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if not 500 <= error.code < 600 or not client.is_connected:
            raise
        upgrades = server.starttls is True and not is_encrypted(client)
        if upgrades or sign_in is not None:
            raise without_esmtp(server, error.code, error.message) from None
        await client.helo()


async def _secure(client: aiosmtplib.SMTP, server: SmtpServer, sign_in: SignIn | None) -> None:
    if server.implicit_tls or server.starttls is False:
        return
    if server.starttls or client.supports_extension("starttls"):
        await client.starttls(server_hostname=server.server_name, tls_context=server.tls)
        await _hello(client, server, sign_in)


def _require_privacy(
    client: aiosmtplib.SMTP, server: SmtpServer, address: str | None, *, signs_in: bool
) -> None:
    if server.plain or is_encrypted(client):
        return
    if signs_in and not is_loopback(address):
        raise in_clear(server, "The password")
    if not is_inside(address):
        raise in_clear(server, "The mail")


async def _give(client: aiosmtplib.SMTP, sign_in: SignIn) -> None:
    try:
        await sign_in.give(client)
    except aiosmtplib.SMTPResponseException as error:
        raise refused(Stage.AUTH, error.code, error.message) from None
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
        raise
    except aiosmtplib.SMTPException as error:
        raise DeliveryFailed(f"{Stage.AUTH}: {error}") from None
