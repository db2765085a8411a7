"""The deployment's own mail server, behind the built-in service."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from carteiro.clock import Clock, SystemClock
from carteiro.connectors.contract import Written
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.mime import build
from carteiro.connectors.scrub import scrub
from carteiro.connectors.smtp.pool import SmtpPool
from carteiro.connectors.smtp.session import PASSWORD, SignIn, SmtpServer
from carteiro.connectors.smtp.tls import TlsOptions, tls_context
from carteiro.errors import ConnectorError, InvalidSettings, TemplateNotFound
from carteiro.model.addresses import EmailAddress, Mailbox
from carteiro.model.message import Message, Receipt

_SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465, "smtp+plain": 25}
_PLAIN = "smtp+plain"


class SmtpRelay:
    """Sends rendered mails from one fixed address."""

    def __init__(
        self,
        url: str,
        from_address: EmailAddress,
        egress: EgressPolicy,
        clock: Clock | None = None,
    ) -> None:
        """Read ``smtp://``, ``smtp+starttls://``, ``smtps://`` or ``smtp+plain://``.

        The first upgrades where the server offers it, and the last never does. Raises
        ``InvalidSettings``.
        """
        self._from = from_address
        self._clock = clock or SystemClock()
        parts, port = _read(url)
        self._password = unquote(parts.password or "")
        server = SmtpServer(
            host=parts.hostname or "",
            port=port,
            egress=egress,
            implicit_tls=parts.scheme == "smtps",
            starttls={"smtp+starttls": True, _PLAIN: False}.get(parts.scheme),
            plain=parts.scheme == _PLAIN,
            tls=tls_context(TlsOptions()),
        )
        self._pool = SmtpPool(server, _login(unquote(parts.username or ""), self._password))

    @property
    def from_address(self) -> str:
        """The fixed sender address."""
        return str(self._from)

    @property
    def server(self) -> str:
        """The mail server's name."""
        return self._pool.server.host

    def written(
        self, message: Message, sender_name: str | None, signer: Signer | None = None
    ) -> Written:
        """The whole mail. Raises ``TemplateNotFound``."""
        sender = Mailbox(self._from, sender_name)
        return Written(sender=sender, data=self._write(message, sender, signer))

    async def send(
        self, message: Message, sender_name: str | None, signer: Signer | None = None
    ) -> Receipt:
        """Deliver rendered content. Raises ``ConnectorError``."""
        data = self._write(message, Mailbox(self._from, sender_name), signer)
        try:
            answer = await self._pool.send(self._from, message.address, data)
        except ConnectorError as error:
            clean = scrub(error.message, secrets=[self._password], payload=message.payload)
            raise type(error)(clean, disposition=error.disposition) from None
        return Receipt(provider_id=message.id, detail=answer[:200])

    def _write(self, message: Message, sender: Mailbox, signer: Signer | None) -> bytes:
        if message.content is None:
            raise TemplateNotFound
        data = build(message, message.content, sender=sender, reply_to=None)
        if signer is None:
            return data
        return signer.sign(data, self._from.domain, self._clock.now())

    async def check(self) -> str:
        """Reach the relay without sending."""
        return await self._pool.check()

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()


def _read(url: str) -> tuple[SplitResult, int]:
    parts = urlsplit(url)
    try:
        port = parts.port or _SCHEMES.get(parts.scheme)
    except ValueError:
        port = None
    if parts.scheme not in _SCHEMES or port is None or not parts.hostname:
        raise InvalidSettings(
            "CARTEIRO_RELAY_URL: expected smtp://, smtp+starttls://, smtps:// or smtp+plain:// "
            "and host[:port]."
        )
    return parts, port


def _login(user: str, password: str) -> SignIn | None:
    if not user:
        return None

    async def login(client: aiosmtplib.SMTP) -> None:
        await client.login(user, password)

    return SignIn(PASSWORD, login)
