"""SMTP connections that are kept: opened when needed, checked when idle, closed when old.

The transaction is ours from MAIL to the answer after the final dot, because what a failure means
depends on where it happened: before the dot nothing was sent, after it nobody knows.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiosmtplib

from carteiro.connectors.smtp_errors import (
    Stage,
    expects_tls,
    no_answer,
    refused,
    unreachable,
    unsupported_address,
)
from carteiro.errors import ConnectorError
from carteiro.model.addresses import EmailAddress

_SILENCE = 2.0
"""Seconds without a greeting after which something is probably wrong."""
Authenticate = Callable[[aiosmtplib.SMTP], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to connect. Times are seconds."""

    host: str
    port: int
    implicit_tls: bool = False
    starttls: bool | None = None
    """``None`` upgrades when the server offers it, ``True`` insists, ``False`` never does."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    server_name: str | None = None
    helo_name: str | None = None
    local_address: str | None = None
    dns_timeout: float = 30.0
    connect_timeout: float = 30.0
    greeting_timeout: float = 30.0
    socket_timeout: float = 30.0
    plain_auth: bool = False
    """Whether credentials may go over a connection that is not encrypted."""


@dataclass(slots=True, eq=False)
class _Kept:
    client: aiosmtplib.SMTP
    sent: int = 0
    idle_since: float = 0.0


class SmtpPool:
    """Connections to one server."""

    def __init__(
        self,
        server: SmtpServer,
        authenticate: Authenticate | None = None,
        *,
        size: int = 5,
        messages_per_connection: int = 100,
        idle_close: float = 30.0,
        check_after: float = 5.0,
    ) -> None:
        self.server = server
        self._authenticate = authenticate
        self._slots = asyncio.Semaphore(size)
        self._idle: deque[_Kept] = deque()
        self._messages = messages_per_connection
        self._idle_close = idle_close
        self._check_after = check_after
        self._reaper: asyncio.TimerHandle | None = None
        self._closed = False
        self.connections_opened = 0

    async def send(self, sender: EmailAddress, recipient: EmailAddress, data: bytes) -> str:
        """Send one message to one recipient; the answer is the server's. Raises ``ConnectorError``.

        A kept connection that turns out dead before the message was taken is replaced, once.
        """
        async with self._slots:
            kept = await self._take()
            reused = kept.sent > 0
            try:
                return await self._transaction(kept, sender, recipient, data)
            except _StaleError as stale:
                if not reused:
                    raise unreachable(stale.cause, self.server) from None
            fresh = await self._open()
            try:
                return await self._transaction(fresh, sender, recipient, data)
            except _StaleError as stale:
                raise unreachable(stale.cause, self.server) from None

    async def check(self) -> str:
        """Connect, secure and sign in, without sending; a line for people."""
        kept = await self._open()
        cipher = kept.client.get_transport_info("cipher")
        security = cipher[1] if cipher else "not encrypted"
        signed_in = "signed in" if self._authenticate else "without signing in"
        await self._discard(kept)
        return f"{self.server.host}:{self.server.port} answers, {security}, {signed_in}"

    async def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        while self._idle:
            await self._discard(self._idle.popleft())

    async def _transaction(
        self, kept: _Kept, sender: EmailAddress, recipient: EmailAddress, data: bytes
    ) -> str:
        client = kept.client
        utf8 = sender.needs_smtputf8 or recipient.needs_smtputf8
        stage = Stage.MAIL
        healthy = False
        try:
            if utf8 and not client.supports_extension("smtputf8"):
                healthy = True
                raise unsupported_address()
            options = ["SMTPUTF8"] if utf8 else []
            encoding = "utf-8" if utf8 else "ascii"
            await client.mail(str(sender), options=options, encoding=encoding)
            stage = Stage.RCPT
            await client.rcpt(str(recipient), encoding=encoding)
            stage = Stage.DATA
            answer = await client.data(data)
        except aiosmtplib.SMTPResponseException as error:
            if error.code < 0 and stage is Stage.DATA:
                raise no_answer(error) from None  # not a reply of SMTP: it may have been taken
            healthy = await self._reset(client, error.code)
            raise refused(stage, error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if stage is Stage.DATA:
                raise no_answer(error) from None
            raise _StaleError(error) from None
        else:
            healthy = True
            return f"{answer.code} {answer.message}"
        finally:
            kept.sent += 1
            if healthy:
                self._give_back(kept)
            else:
                client.close()

    async def _reset(self, client: aiosmtplib.SMTP, code: int) -> bool:
        """After a refusal the connection is good for the next message, if the server says so."""
        if code == 421 or not client.is_connected:
            return False
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    async def _take(self) -> _Kept:
        while self._idle:
            kept = self._idle.pop()
            idle = time.monotonic() - kept.idle_since
            if not kept.client.is_connected or idle > self._idle_close:
                await self._discard(kept)
            elif idle < self._check_after or await self._alive(kept):
                return kept
        return await self._open()

    async def _alive(self, kept: _Kept) -> bool:
        try:
            await kept.client.noop()
        except (aiosmtplib.SMTPException, OSError):
            kept.client.close()
            return False
        return True

    def _give_back(self, kept: _Kept) -> None:
        if self._closed or kept.sent >= self._messages or not kept.client.is_connected:
            kept.client.close()
            return
        kept.idle_since = time.monotonic()
        self._idle.append(kept)
        if self._reaper is None:
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_later(self._idle_close, self._reap)

    def _reap(self) -> None:
        """Close what nobody has used for a while; look again while something is kept."""
        self._reaper = None
        limit = time.monotonic() - self._idle_close
        while self._idle and self._idle[0].idle_since <= limit:
            self._idle.popleft().client.close()
        if self._idle:
            wait = self._idle[0].idle_since - limit
            self._reaper = asyncio.get_running_loop().call_later(wait, self._reap)

    async def _discard(self, kept: _Kept) -> None:
        try:
            if kept.client.is_connected:
                await kept.client.quit(timeout=1)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            kept.client.close()

    async def _open(self) -> _Kept:
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.implicit_tls,
            start_tls=False,
            tls_context=server.tls,
            local_hostname=server.helo_name,
            source_address=(server.local_address, 0) if server.local_address else None,
            timeout=server.socket_timeout,
        )
        self.connections_opened += 1
        done = False
        try:
            async with _named_failures(server):
                await self._greet(client)
                await client.ehlo()
                await self._secure(client)
            if self._authenticate is not None and client.supported_auth_methods:
                await self._sign_in(client)
            done = True
            return _Kept(client)
        finally:
            if not done:
                client.close()

    async def _greet(self, client: aiosmtplib.SMTP) -> None:
        """Connect and read the greeting; a silent server is asked whether it waits for TLS."""
        server = self.server
        await _resolve(server)
        wait = min(server.connect_timeout, server.greeting_timeout)
        connecting = asyncio.ensure_future(client.connect(timeout=wait))
        try:
            await asyncio.wait({connecting}, timeout=_SILENCE)
            silent = not connecting.done() and not server.implicit_tls
            if silent and await speaks_tls(server.host, server.port):
                raise expects_tls(server)
            await connecting
        finally:
            connecting.cancel()

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        server = self.server
        if server.implicit_tls or server.starttls is False:
            return
        if server.starttls or client.supports_extension("starttls"):
            await client.starttls(server_hostname=server.server_name, tls_context=server.tls)
            await client.ehlo()

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        assert self._authenticate is not None
        encrypted = client.get_transport_info("sslcontext") is not None
        if not (encrypted or self.server.plain_auth):
            raise refused(
                Stage.AUTH, 0, "the connection is not encrypted, so the password was not sent"
            )
        try:
            await self._authenticate(client)
        except aiosmtplib.SMTPResponseException as error:
            raise refused(Stage.AUTH, error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise unreachable(error, self.server) from None


async def _resolve(server: SmtpServer) -> None:
    """Look the name up within its own time: a silent resolver is not a silent server."""
    try:
        async with asyncio.timeout(server.dns_timeout):
            await asyncio.get_running_loop().getaddrinfo(server.host, server.port)
    except TimeoutError:
        raise OSError("its name was not resolved in time") from None


async def speaks_tls(host: str, port: int) -> bool:
    """Whether a server takes a TLS handshake as the first thing; nothing is sent over it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_SILENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


class _StaleError(Exception):
    """The connection broke before the server had the message."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


@asynccontextmanager
async def _named_failures(server: SmtpServer) -> AsyncIterator[None]:
    try:
        yield
    except ConnectorError:
        raise
    except (aiosmtplib.SMTPException, OSError) as error:
        raise unreachable(error, server) from None
