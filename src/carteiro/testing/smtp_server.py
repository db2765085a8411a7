"""A real SMTP server on loopback that behaves as it is told and keeps what it is given."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Reply = str | None


@dataclass(slots=True)
class Behaviour:
    """What the server does; an answer is a line such as ``550 5.1.1 no such user``."""

    ehlo: Callable[[], Reply] = lambda: None
    mail: Callable[[], Reply] = lambda: None
    rcpt: Callable[[], Reply] = lambda: None
    data: Callable[[], Reply] = lambda: None
    drop_at: str | None = None
    """Close the connection at ``mail``, ``rcpt``, ``data`` or ``dot`` (after the final dot)."""
    hang_at: str | None = None
    """Never answer there."""
    user: str | None = None
    password: str | None = None
    """With a user, signing in is required."""
    announce_utf8: bool = True
    offer_starttls: bool = True
    offer_auth: bool = True


@dataclass(slots=True)
class Received:
    """One mail as it came."""

    mail_from: str
    rcpt_tos: list[str]
    raw: bytes
    peer: tuple[str, int]

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=policy)


@dataclass(slots=True)
class SmtpSink:
    """Use as ``async with SmtpSink(...) as sink``; listens on ``sink.port`` of 127.0.0.1."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    tls: ssl.SSLContext | None = None
    """With a context STARTTLS is offered, or TLS is spoken from the start with ``implicit``."""
    implicit: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    greeted_as: list[str] = field(default_factory=list)
    """The names that clients gave with EHLO and HELO, in order."""
    options: list[list[str]] = field(default_factory=list)
    """The parameters of each MAIL."""
    port: int = 0
    _server: asyncio.Server | None = None
    lines: set[Any] = field(default_factory=set)
    """The transports of connections that are open."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._protocol, "127.0.0.1", self.port, ssl=self.tls if self.implicit else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        # Whatever a session ended in: no connection outlives the server.
        for transport in self.lines:
            transport.abort()
        self.lines.clear()
        await asyncio.sleep(0)

    def _protocol(self) -> SMTP:
        behaviour = self.behaviour
        offered = self.tls if not self.implicit and behaviour.offer_starttls else None
        with warnings.catch_warnings():
            # aiosmtpd warns of signing in without TLS, which is what some tests are about.
            warnings.simplefilter("ignore", UserWarning)
            return _Server(
                _Handler(self),
                sink=self,
                enable_SMTPUTF8=behaviour.announce_utf8,
                tls_context=offered,
                auth_required=behaviour.user is not None,
                auth_require_tls=False,
                authenticator=self._authenticate,
                auth_exclude_mechanism=() if behaviour.offer_auth else ("LOGIN", "PLAIN"),
                hostname="sink.test",
            )

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False)
        given = (data.login.decode(), data.password.decode())
        right = given == (self.behaviour.user, self.behaviour.password)
        return AuthResult(success=right, handled=False)


class _Server(SMTP):
    def __init__(self, handler: Any, *, sink: SmtpSink, **options: Any) -> None:
        super().__init__(handler, **options)
        self._sink = sink

    def connection_made(self, transport: Any) -> None:
        if not self.transport:
            self._sink.connections += 1
        self._line = transport
        self._sink.lines.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.lines.discard(self._line)
        super().connection_lost(error)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Answer EHLO."""
        self._sink.greeted_as.append(hostname)
        if reply := self._sink.behaviour.ehlo():
            await self.push(reply)
        else:
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Answer HELO."""
        self._sink.greeted_as.append(hostname)
        await super().smtp_HELO(hostname)

    async def auth_XOAUTH2(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        """Take the token that the behaviour calls the password."""
        import base64  # noqa: PLC0415 - only here

        decoded = base64.b64decode(args[1] if len(args) > 1 else "").decode()
        wanted = self._sink.behaviour
        expected = f"user={wanted.user}\x01auth=Bearer {wanted.password}\x01\x01"
        return AuthResult(success=decoded == expected, handled=False)


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def _at(self, stage: str, server: SMTP) -> None:
        if self._sink.behaviour.hang_at == stage:
            await asyncio.Event().wait()
        if self._sink.behaviour.drop_at == stage:
            transport: Any = server.transport
            transport.abort()
            await asyncio.Event().wait()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL."""
        await self._at("mail", server)
        if reply := self._sink.behaviour.mail():
            return reply
        self._sink.options.append(list(options))
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT."""
        await self._at("rcpt", server)
        if reply := self._sink.behaviour.rcpt():
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Answer the final dot."""
        await self._at("data", server)
        if reply := self._sink.behaviour.data():
            return reply
        raw = envelope.original_content or b""
        peer: Any = session.peer
        self._sink.received.append(
            Received(
                mail_from=envelope.mail_from or "",
                rcpt_tos=list(envelope.rcpt_tos),
                raw=raw,
                peer=(peer[0], peer[1]),
            )
        )
        await self._at("dot", server)
        return f"250 2.0.0 queued as {len(self._sink.received)}"
