"""SMTP connections that are kept: opened when needed, checked when idle, closed when old.

The transaction is ours from MAIL to the answer after the final dot, because what a failure means
depends on where it happened: before the dot nothing was sent, after it nobody knows.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import aiosmtplib

from carteiro.connectors.egress.guard import is_inside, is_loopback
from carteiro.connectors.smtp.errors import (
    BROKEN,
    Stage,
    is_refusal,
    no_answer,
    refused,
    unreachable,
    unsupported_address,
)
from carteiro.connectors.smtp.session import Session, SignIn, SmtpServer, open_session
from carteiro.model.addresses import EmailAddress

_CLOSING = 421
"""The server ends the connection: it limits the mails of one, or is going down."""
_LONGEST_ANSWER = 160


@dataclass(slots=True, eq=False)
class _Kept:
    session: Session
    sent: int = 0
    idle_since: float = 0.0

    @property
    def client(self) -> aiosmtplib.SMTP:
        return self.session.client


class SmtpPool:
    """Connections to one server."""

    def __init__(
        self,
        server: SmtpServer,
        sign_in: SignIn | None = None,
        *,
        size: int = 5,
        messages_per_connection: int = 100,
        idle_close: float = 30.0,
        check_after: float = 5.0,
    ) -> None:
        self.server = server
        self._sign_in = sign_in
        self._slots = asyncio.Semaphore(size)
        self._idle: deque[_Kept] = deque()
        self._messages = messages_per_connection
        self._idle_close = idle_close
        self._check_after = check_after
        self._reaper: asyncio.TimerHandle | None = None
        self._closed = False
        self.connections_opened = 0

    async def send(
        self,
        sender: EmailAddress,
        recipient: EmailAddress,
        data: bytes,
        *,
        reply_to: EmailAddress | None = None,
    ) -> str:
        """Send one message to one recipient; the answer is the server's. Raises ``ConnectorError``.

        ``reply_to`` is in the message's header. A kept connection that turns out dead, or that the
        server ends before it took the message, is replaced, once.
        """
        utf8 = _beyond_ascii(sender, recipient, reply_to)
        async with self._slots:
            kept = await self._take()
            reused = kept.sent > 0
            try:
                return await self._transaction(kept, sender, recipient, data, utf8)
            except _StaleError as stale:
                if not reused:
                    raise unreachable(stale.cause, self.server) from None
            fresh = await self._open()
            try:
                return await self._transaction(fresh, sender, recipient, data, utf8)
            except _StaleError as stale:
                raise unreachable(stale.cause, self.server) from None

    async def check(self) -> str:
        """Connect, secure and sign in, without sending; a line for people of what was seen."""
        kept = await self._open()
        session = kept.session
        seen = [
            f"{self.server.host}:{self.server.port} answers",
            _security(session),
            self._sign_in_seen(session),
        ]
        await self._discard(kept)
        return ", ".join(seen)

    def _sign_in_seen(self, session: Session) -> str:
        if self._sign_in is None:
            return "without signing in"
        if session.signed_in:
            return "signed in"
        return "the server offers no sign-in, so the credentials were not tried"

    async def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        while self._idle:
            await self._discard(self._idle.popleft())

    async def _transaction(
        self,
        kept: _Kept,
        sender: EmailAddress,
        recipient: EmailAddress,
        data: bytes,
        utf8: str | None,
    ) -> str:
        client = kept.client
        stage = Stage.MAIL
        healthy = False
        try:
            if utf8 and not client.supports_extension("smtputf8"):
                healthy = True
                raise unsupported_address(utf8)
            options = ["SMTPUTF8"] if utf8 else []
            encoding = "utf-8" if utf8 else "ascii"
            await client.mail(str(sender), options=options, encoding=encoding)
            stage = Stage.RCPT
            await client.rcpt(str(recipient), encoding=encoding)
            stage = Stage.DATA
            answer = await client.data(data)
        except aiosmtplib.SMTPResponseException as error:
            if error.code == _CLOSING and kept.sent:
                raise _StaleError(error) from None
            if stage is Stage.DATA and not is_refusal(error.code):
                raise no_answer(error) from None  # it may have been taken
            healthy = is_refusal(error.code) and await self._reset(client, error.code)
            raise refused(stage, error.code, error.message) from None
        except BROKEN as error:
            if stage is Stage.DATA:
                raise no_answer(error) from None
            raise _StaleError(error) from None
        else:
            healthy = True
            plain = "" if kept.session.encrypted else " (sent without TLS)"
            return f"{answer.code} {answer.message}"[:_LONGEST_ANSWER] + plain
        finally:
            kept.sent += 1
            if healthy:
                self._give_back(kept)
            else:
                client.close()

    async def _reset(self, client: aiosmtplib.SMTP, code: int) -> bool:
        """After a refusal the connection is good for the next message, if the server says so."""
        if code == _CLOSING or not client.is_connected:
            return False
        try:
            await client.rset()
        except BROKEN:
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
        except BROKEN:
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
        except BROKEN:
            pass
        finally:
            kept.client.close()

    async def _open(self) -> _Kept:
        self.connections_opened += 1
        return _Kept(await open_session(self.server, self._sign_in))


def _beyond_ascii(
    sender: EmailAddress, recipient: EmailAddress, reply_to: EmailAddress | None
) -> str | None:
    """What of a message needs SMTPUTF8 (RFC 6531 §3.4: headers count like the envelope)."""
    if recipient.needs_smtputf8:
        return "The recipient's address"
    if sender.needs_smtputf8:
        return "The sender's address"
    if reply_to is not None and reply_to.needs_smtputf8:
        return "The reply address"
    return None


def _security(session: Session) -> str:
    cipher = session.client.get_transport_info("cipher")
    if cipher:
        return str(cipher[1])
    if is_loopback(session.address):
        return "not encrypted (on this machine)"
    if is_inside(session.address):
        return "not encrypted (in a private network)"
    return "not encrypted (`ignoreTLS` allows it)"


class _StaleError(Exception):
    """The connection broke before the server had the message."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause
