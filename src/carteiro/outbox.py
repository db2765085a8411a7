"""Sending from somebody's own application: a connector and a template, no server, no database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from carteiro import secrets
from carteiro.clock import SystemClock
from carteiro.connectors.contract import Connector, ConnectorConfig, Services, SignsWith
from carteiro.connectors.dkim.keys import DkimKey
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.registry import Registry
from carteiro.errors import DkimKeyRefused, NotSupportedByConnector, TemplateNotFound
from carteiro.model.addresses import EmailAddress, parse_address
from carteiro.model.kinds import TemplateType, WayOn
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.templates.checks.going_on import words_for
from carteiro.templates.compiled import CompiledTemplate, compile_template


class Sender:
    """A configured connector, open for as many messages as you like."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._own: dict[TemplateType, CompiledTemplate] = {}

    async def send(
        self,
        to: str | EmailAddress,
        kind: TemplateType,
        variables: Mapping[str, Any],
        *,
        template: CompiledTemplate | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send one message; without a ``template``, with the one in the connector's config.

        Give the same ``message_id`` when you send the same message again: it is the ``Message-ID``
        and the provider's idempotency key. Raises ``InvalidAddress``, ``InvalidLink``,
        ``TemplateNotFound`` (also for a template without the code or link in ``variables``) or
        ``ConnectorError``, whose ``disposition`` says whether another try makes sense.
        """
        content = None
        if self._connector.capabilities.templates is not TemplateSupport.PROVIDER:
            content = self._words(kind, variables, template)
        return await self._send(to, kind, variables, content, message_id)

    async def send_rendered(
        self, to: str | EmailAddress, content: Rendered, *, message_id: str | None = None
    ) -> Receipt:
        """Send words that are ready, such as those of another template engine.

        Raises as ``send`` does, and ``NotSupportedByConnector`` where the words are the provider's.
        """
        if self._connector.capabilities.templates is not TemplateSupport.OWN:
            raise NotSupportedByConnector("This connector has its own words.")
        return await self._send(to, TemplateType.GENERIC, {}, content, message_id)

    async def _send(
        self,
        to: str | EmailAddress,
        kind: TemplateType,
        variables: Mapping[str, Any],
        content: Rendered | None,
        message_id: str | None,
    ) -> Receipt:
        return await self._connector.send(
            Message(
                id=message_id or secrets.standard_id(),
                to=parse_address(to) if isinstance(to, str) else to,
                type=kind,
                payload=variables,
                created_at=self._connector.services.clock.now(),
                content=content,
            )
        )

    async def check(self) -> str:
        """Reach the provider without sending, where it has a way; the answer is for people."""
        return await self._connector.check()

    def _words(
        self, kind: TemplateType, variables: Mapping[str, Any], template: CompiledTemplate | None
    ) -> Rendered:
        """A template of the caller's own may bring neither code nor link: a welcome, a notice."""
        brings = any(way in variables for way in WayOn)
        if template is not None and not brings:
            return template.render(variables)
        return words_for(kind, variables, template or self._template(kind))

    def _template(self, kind: TemplateType) -> CompiledTemplate:
        if kind not in self._own:
            source = self._connector.template(kind)
            if source is None:
                raise TemplateNotFound
            self._own[kind] = compile_template(source)
        return self._own[kind]


@asynccontextmanager
async def open_sender(
    connector_id: str,
    config: Mapping[str, Any] | ConnectorConfig,
    *,
    guard: bool | None = None,
    allow: Sequence[IPv4Network | IPv6Network] = (),
    dkim_keys: Sequence[DkimKey] = (),
) -> AsyncIterator[Sender]:
    """Open a connector by its id and config, and close its connections at the end.

    ``config`` is a mapping with the wire's names, or one of the classes in ``carteiro.configs``,
    which type checkers understand.

    ``guard`` says where connections may go. By default HTTP endpoints stay off private and reserved
    addresses and mail servers off reserved ones: the program names its own. ``True`` keeps mail
    servers off private addresses and this machine, too, for a config that other people type;
    ``False`` lets everything through. ``allow`` names networks that are let through.

    ``dkim_keys`` sign each mail whose ``From`` is of their domain or of one below it, where it goes
    out by SMTP; providers with an API sign by themselves.

    Raises ``UnknownConnectorId`` or ``InvalidConfig``; with keys also ``NotSupportedByConnector``
    where nothing can be signed, and ``DkimKeyRefused`` where no key is for the config's sender.

    >>> import asyncio
    >>> from carteiro import open_sender
    >>> async def says() -> str:
    ...     async with open_sender("simple-mail-transfer-protocol", {"host": "mail.example.com"}):
    ...         return "open"
    >>> asyncio.run(says())
    Traceback (most recent call last):
    carteiro.errors.connectors.InvalidConfig: ...
    """
    egress = EgressPolicy(enabled=guard is not False, allow=allow)
    http = HttpClient(egress)
    mail_servers = egress.with_own_networks() if guard is None else None
    signer = Signer(dkim_keys) or None
    services = Services(http=http, clock=SystemClock(), mail_servers=mail_servers, signer=signer)
    connector = Registry.discover().open(connector_id, config, services)
    try:
        if signer is not None:
            _require_signed(connector, signer)
        yield Sender(connector)
    finally:
        await connector.close()
        await http.close()


def _require_signed(connector: Connector, signer: Signer) -> None:
    if connector.signs_with is not SignsWith.OWN:
        raise NotSupportedByConnector(
            f"{connector.metadata.id} takes no keys of DKIM: its provider signs."
        )
    sender = connector.sends_from()
    if sender is not None and not signer.signs(sender.domain):
        raise DkimKeyRefused(f"None of the keys is for {sender.domain}, which mail is from.")
