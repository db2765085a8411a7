"""The contract between Carteiro and a provider: what it is, its config, and ``send``.

A connector is made once per configuration and kept: whatever it needs (a TLS context, a pool, a
parsed template) is made in ``__init__`` or on first use, never per message. It raises
``ConnectorError`` and nothing else; it writes no state and counts no attempts: ``delivery`` does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import ConfigDict, ValidationError

from carteiro.clock import Clock
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.metadata import Capabilities, ConnectorType, Metadata
from carteiro.errors import InvalidConfig
from carteiro.model.addresses import EmailAddress, Mailbox
from carteiro.model.issues import issues_of
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt, TemplateSource
from carteiro.model.sender_dns import UNNAMED, SenderDns
from carteiro.model.wire import Strict


class ConnectorConfig(Strict):
    """The base of every config model: exact types, unknown keys kept out, nothing coerced."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message as it leaves here. ``data`` is the whole mail where we write it ourselves.

    Where the provider writes it, ``sender`` and ``reply_to`` are what it is told; ``None`` for what
    it decides.
    """

    sender: Mailbox | None
    reply_to: Mailbox | None = None
    data: bytes | None = field(default=None, repr=False)


class Relay(Protocol):
    """The deployment's own way to send, which the built-in service uses."""

    @property
    def from_address(self) -> str:
        """The fixed sender address."""
        ...

    @property
    def server(self) -> str | None:
        """The mail server that it sends by; ``None`` where nothing leaves this machine."""
        ...

    def written(
        self, message: Message, sender_name: str | None, signer: Signer | None = None
    ) -> Written:
        """What ``send`` delivers. Raises ``TemplateNotFound`` for a message without words."""
        ...

    async def send(
        self, message: Message, sender_name: str | None, signer: Signer | None = None
    ) -> Receipt:
        """Deliver rendered content from the deployment's fixed address, signed for its domain."""
        ...

    async def check(self) -> str:
        """Reach the transport without sending; the answer is a line for people."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Copies(Protocol):
    """Where development keeps a copy of each mail that a provider is given."""

    async def keep(self, message: Message, connector_id: str) -> None:
        """Keep a copy of a message that is about to be handed to a connector."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a connector may use of the world; made once per process.

    ``mail_servers`` is the guard of SMTP where it is another one than that of HTTP. ``signer``
    signs what leaves by a mail server of the tenant's own, ``relay_signer`` what leaves by the
    relay.
    """

    http: HttpClient
    clock: Clock
    relay: Relay | None = None
    copies: Copies | None = None
    mail_servers: EgressPolicy | None = None
    signer: Signer | None = None
    relay_signer: Signer | None = None

    @property
    def smtp_egress(self) -> EgressPolicy:
        """Where connections to mail servers may go."""
        return self.mail_servers or self.http.egress


class SignsWith(StrEnum):
    """Whose keys sign what a connector sends, before it leaves."""

    NOTHING = "nothing"
    OWN = "own"
    """``Services.signer``: the tenant's."""
    RELAY = "relay"
    """``Services.relay_signer``: the deployment's."""


class Connector(ABC):
    """One configured way to send. Subclasses are found by their entry point."""

    kind: ClassVar[ConnectorType] = ConnectorType.EMAIL
    metadata: ClassVar[Metadata]
    capabilities: ClassVar[Capabilities]
    records: ClassVar[SenderDns] = UNNAMED
    """What the provider wants to find in the DNS of its senders' domains."""
    signs_with: ClassVar[SignsWith] = SignsWith.NOTHING
    config_model: type[ConnectorConfig]

    def __init__(self, config: Any, services: Services) -> None:
        self.config = config
        self.services = services

    @classmethod
    def parse(cls, config: Mapping[str, Any] | ConnectorConfig) -> ConnectorConfig:
        """Read a stored or given config. Raises ``InvalidConfig`` with the wire's issue list."""
        if isinstance(config, cls.config_model):
            return config
        if isinstance(config, ConnectorConfig):
            raise TypeError(f"{type(config).__name__} is the config of another connector.")
        try:
            return cls.config_model.model_validate(dict(config))
        except ValidationError as error:
            raise InvalidConfig(issues_of(error, cls.config_model)) from None

    def template(self, kind: TemplateType) -> TemplateSource | None:
        """The config's own template for ``kind`` or ``Generic``; connectors with words override."""
        return None

    def written(self, message: Message) -> Written | None:
        """What ``send`` would hand over, without sending; ``None`` where nobody here knows.

        It is for previews: it reaches nobody and is called only where the connector has an address
        to write to and words to write. Raises ``ConnectorError`` for what it cannot express.
        """
        return None

    @abstractmethod
    async def send(self, message: Message) -> Receipt:
        """Hand one message over. Raises ``ConnectorError`` with a disposition."""

    async def hand_over(self, message: Message) -> Receipt:
        """``send``, with a copy for the mailbox of development. Raises ``ConnectorError``.

        What uses the deployment's relay arrives there anyway; what a provider refuses is seen, too.
        """
        copies = self.services.copies
        if copies is not None and not self.capabilities.counts_usage:
            await copies.keep(message, self.metadata.id)
        return await self.send(message)

    async def check(self) -> str:
        """Reach the provider without sending, where it has a way; the answer is for people.

        It says what was seen and nothing that follows from it. Raises ``ConnectorError``.
        """
        return "configured (this provider has no check without sending)"

    def sends_from(self) -> EmailAddress | None:
        """Who mail is from where its template does not say; ``None`` where that is not known."""
        return None

    def sender_dns(self) -> SenderDns:
        """``records``, as this config makes them."""
        return self.records

    def cautions(self) -> Sequence[str]:
        """What the config allows and an operator should know of, a sentence each."""
        return ()

    async def close(self) -> None:  # noqa: B027 - many connectors hold nothing
        """Release connections. Called once, after the last ``send``."""
