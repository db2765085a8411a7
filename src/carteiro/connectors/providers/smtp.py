"""SMTP: any mail server, with kept connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiosmtplib

from carteiro.connectors import logos
from carteiro.connectors.config_templates import source_for
from carteiro.connectors.contract import Connector, Services, SignsWith, Written
from carteiro.connectors.headers import sender_of
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.connectors.mime import build
from carteiro.connectors.scrub import scrub
from carteiro.connectors.smtp.config import (
    FORM_ITEMS,
    LoginAuth,
    OAuthKeyAuth,
    OAuthTokenAuth,
    SmtpConfig,
)
from carteiro.connectors.smtp.oauth import TokenSource
from carteiro.connectors.smtp.pool import SmtpPool
from carteiro.connectors.smtp.presets import presets
from carteiro.connectors.smtp.sender_records import records_of
from carteiro.connectors.smtp.session import PASSWORD, TOKEN, SignIn, SmtpServer
from carteiro.connectors.smtp.tls import tls_context
from carteiro.errors import DeliveryFailed, TemplateNotFound
from carteiro.model.addresses import EmailAddress, Mailbox, parse_mailbox
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt, TemplateSource
from carteiro.model.sender_dns import SenderDns

_IMPLICIT_TLS_PORT = 465
_SUBMISSION_PORTS = {25, 587}
_TOTAL = 30.0
"""Seconds that any single wait may take, whatever the config allows."""


class SmtpConnector(Connector):
    """Hand messages to a mail server by SMTP."""

    metadata = Metadata(
        id="simple-mail-transfer-protocol",
        target="smtp",
        name={"en": "SMTP", "pt-BR": "SMTP"},
        description={
            "en": "Send through any mail server by the internet's standard protocol.",
            "pt-BR": "Envie por qualquer servidor de e-mail com o protocolo padrão da internet.",
        },
        logo=logos.SMTP,
        readme=(
            "# SMTP\n\nHost, port and an account at your mail server are enough. Port 465 speaks "
            "TLS from the start, 587 and 25 upgrade with STARTTLS."
        ),
        form_items=FORM_ITEMS,
        custom_data={"presets": presets()},
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
    )
    signs_with = SignsWith.OWN
    config_model = SmtpConfig

    def __init__(self, config: SmtpConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = parse_mailbox(config.from_email)
        self._reply_to = parse_mailbox(config.reply_to) if config.reply_to else None
        server = replace(_server(config), egress=services.smtp_egress)
        self.pool = SmtpPool(server, _authentication(config, services))

    def template(self, kind: TemplateType) -> TemplateSource | None:
        return source_for(self.config.templates, kind)

    def written(self, message: Message) -> Written:
        sender, reply_to, data = self._write(message)
        return Written(sender=sender, reply_to=reply_to, data=data)

    def sends_from(self) -> EmailAddress | None:
        return self._from.address

    def sender_dns(self) -> SenderDns:
        return records_of(self.config.host)

    async def send(self, message: Message) -> Receipt:
        sender, reply_to, data = self._write(message)
        try:
            answer = await self.pool.send(
                sender.address,
                message.address,
                data,
                reply_to=reply_to.address if reply_to else None,
            )
        except DeliveryFailed as error:
            raise self._scrubbed(error, message.payload) from None
        return Receipt(provider_id=message.id, detail=answer[:200])

    def _write(self, message: Message) -> tuple[Mailbox, Mailbox | None, bytes]:
        content = message.content
        if content is None:
            raise TemplateNotFound
        sender = sender_of(content, self._from)
        reply_to = content.reply_to or self._reply_to
        data = build(
            message,
            content,
            sender=sender,
            reply_to=reply_to,
            headers=self.config.custom_headers,
        )
        if (signer := self.services.signer) is not None:
            data = signer.sign(data, sender.address.domain, self.services.clock.now())
        return sender, reply_to, data

    async def check(self) -> str:
        try:
            return await self.pool.check()
        except DeliveryFailed as error:
            raise self._scrubbed(error, {}) from None

    def cautions(self) -> Sequence[str]:
        said = []
        if self.config.ignore_tls:
            said.append("`ignoreTLS` lets mails and the password go unencrypted")
        if not self.config.tls.reject_unauthorized:
            said.append("`tls.rejectUnauthorized` is false: anybody can pass for the server")
        return said

    async def close(self) -> None:
        await self.pool.close()

    def _scrubbed(self, error: DeliveryFailed, payload: Mapping[str, Any]) -> DeliveryFailed:
        clean = scrub(error.message, secrets=self._secrets(), payload=payload)
        return DeliveryFailed(clean, disposition=error.disposition, retry_after=error.retry_after)

    def _secrets(self) -> list[str | None]:
        auth = self.config.auth
        names = ("password", "client_secret", "refresh_token", "access_token")
        return [getattr(auth, name, None) for name in names]


def _server(config: SmtpConfig) -> SmtpServer:
    implicit = config.secure and config.port not in _SUBMISSION_PORTS
    implicit = implicit or (config.port == _IMPLICIT_TLS_PORT and not config.ignore_tls)
    starttls = None
    if config.ignore_tls:
        starttls = False
    elif config.require_tls or config.secure:
        starttls = True
    return SmtpServer(
        host=config.host,
        port=config.port,
        implicit_tls=implicit,
        starttls=starttls,
        plain=bool(config.ignore_tls),
        tls=tls_context(config.tls),
        server_name=config.servername or config.tls.servername or None,
        helo_name=config.name or None,
        local_address=config.local_address or None,
        dns_timeout=_seconds(config.dns_timeout),
        connect_timeout=_seconds(config.connection_timeout),
        greeting_timeout=_seconds(config.greeting_timeout),
        socket_timeout=_seconds(config.socket_timeout),
    )


def _seconds(milliseconds: float) -> float:
    return min(milliseconds / 1000, _TOTAL)


def _authentication(config: SmtpConfig, services: Services) -> SignIn | None:
    auth = config.auth
    if isinstance(auth, LoginAuth):
        user, password = auth.user or "", auth.password or ""
        if not user and not password:
            return None

        async def login(client: aiosmtplib.SMTP) -> None:
            await client.login(user, password)

        return SignIn(PASSWORD, login)
    assert isinstance(auth, (OAuthKeyAuth, OAuthTokenAuth))
    tokens = TokenSource(auth, services)

    async def oauth(client: aiosmtplib.SMTP) -> None:
        token = await tokens.token()
        try:
            await client.auth_xoauth2(auth.user, token)
        except aiosmtplib.SMTPAuthenticationError:
            if not tokens.reject(token):
                raise
            await client.auth_xoauth2(auth.user, await tokens.token())

    return SignIn(TOKEN, oauth)
