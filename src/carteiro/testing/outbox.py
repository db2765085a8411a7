"""Ways to send that keep what they are given: for tests of code that sends through Carteiro."""

from __future__ import annotations

from collections import deque
from typing import Any

from carteiro.clock import SystemClock
from carteiro.connectors.contract import Connector, ConnectorConfig, Services, Written
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.connectors.mime import build
from carteiro.errors import ConnectorError, TemplateNotFound
from carteiro.model.addresses import Mailbox, parse_address
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import ContentType, Message, Receipt, TemplateSource


class Outbox:
    """Messages in the order in which they were taken over.

    ``failures`` holds errors for the next sends: each of them raises the next one instead.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failures: deque[ConnectorError] = deque()

    def take(self, message: Message) -> Receipt:
        """Keep a message, or raise the next of ``failures``."""
        if self.failures:
            raise self.failures.popleft()
        self.messages.append(message)
        return Receipt(provider_id=f"outbox-{len(self.messages)}", detail="kept")

    def last_to(self, address: str) -> Message:
        """The newest message to an address. Raises ``LookupError`` when there is none."""
        key = parse_address(address).key
        for message in reversed(self.messages):
            if message.to.key == key:
                return message
        raise LookupError(f"no message to {address}")


class OutboxConfig(ConnectorConfig):
    """Nothing needs to be configured."""


class OutboxConnector(Connector):
    """Sends into its ``outbox``; one can be made without config and services.

    ``Registry.discover().with_factories(OutboxConnector)`` makes it known by its id.
    """

    metadata = Metadata(
        id="outbox",
        target="outbox",
        name={"en": "Outbox"},
        description={"en": "Keeps messages in memory, for tests."},
        logo="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
        readme="# Outbox\n\nKeeps messages in memory, for tests.\n",
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        idempotency_key=True,
    )
    config_model = OutboxConfig

    def __init__(self, config: Any = None, services: Services | None = None) -> None:
        unused = Services(http=HttpClient(EgressPolicy(enabled=True)), clock=SystemClock())
        super().__init__(config or OutboxConfig(), services or unused)
        self.outbox = Outbox()

    def template(self, kind: TemplateType) -> TemplateSource | None:
        """The barest words: the type, and what the mail is about; for notices it has none."""
        if kind in NOTICES:
            return None
        return TemplateSource(
            subject=kind, content="{{code}}{{link}}", content_type=ContentType.PLAIN
        )

    async def send(self, message: Message) -> Receipt:
        return self.outbox.take(message)


class OutboxRelay:
    """A ``Relay`` for the built-in service that keeps mails and the sender names they came with."""

    def __init__(self, from_address: str = "no-reply@carteiro.test") -> None:
        self.from_address = from_address
        self.server: str | None = None
        self.outbox = Outbox()
        self.sender_names: list[str | None] = []

    def written(
        self,
        message: Message,
        sender_name: str | None,
        signer: Signer | None = None,
    ) -> Written:
        """The whole mail. Raises ``TemplateNotFound``."""
        if message.content is None:
            raise TemplateNotFound
        sender = Mailbox(parse_address(self.from_address), sender_name)
        data = build(message, message.content, sender=sender, reply_to=None)
        return Written(sender=sender, data=data)

    async def send(
        self, message: Message, sender_name: str | None, signer: Signer | None = None
    ) -> Receipt:
        """Keep a mail, or raise the next of ``outbox.failures``."""
        receipt = self.outbox.take(message)
        self.sender_names.append(sender_name)
        return receipt

    async def check(self) -> str:
        """Say what this is."""
        return "mails are kept in memory"

    async def close(self) -> None:
        """Nothing is held open."""
