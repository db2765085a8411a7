"""A provider that takes a rendered mail as one JSON object: what almost all of them do.

A connector says where it posts (``endpoint``), who it is (``headers``) and how the provider calls
the parts of a mail (``body``). Reading the config's sender, cleaning what becomes a header and
writing the request are the same for all of them and stand here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.connectors.contract import Services, Written
from carteiro.connectors.headers import header_text, sender_of
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    HttpRequest,
    OwnTemplatesConnector,
    given,
    json_body,
    words,
)
from carteiro.model.addresses import EmailAddress, Mailbox, parse_mailbox
from carteiro.model.display_names import read_name
from carteiro.model.message import Message

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A rendered message as providers are told it. ``id`` is the same on every attempt."""

    id: str
    to: str
    sender: Mailbox
    """The template's sender, or the config's."""
    subject: str = field(repr=False)
    """On one line."""
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    reply_to: Mailbox | None


class MailApiConnector(OwnTemplatesConnector):
    """POST a mail as JSON."""

    def __init__(self, config: Any, services: Services) -> None:
        super().__init__(config, services)
        self._sender = self.sender()
        self._url = self.endpoint()
        self._headers = {**JSON_HEADERS, **self.headers()}

    @abstractmethod
    def endpoint(self) -> str:
        """The address that every message is posted to. Asked once for a config."""

    def headers(self) -> Mapping[str, str]:
        """What goes with every request, the credentials above all. Asked once for a config."""
        return {}

    @abstractmethod
    def body(self, mail: Mail) -> JsonObject:
        """The mail as the provider calls its parts; a member that is ``None`` is left out.

        Raises ``DeliveryFailed`` for what it cannot express.
        """

    def headers_for(self, mail: Mail, body: bytes) -> Mapping[str, str]:
        """What goes with this request alone: an idempotency key, a signature of its bytes."""
        return {}

    def sender(self) -> Mailbox:
        """Who mail is from where the template does not say. Asked once for a config."""
        return parse_mailbox(self.config.from_email)

    def written(self, message: Message) -> Written:
        content = words(message)
        return Written(sender=sender_of(content, self._sender), reply_to=content.reply_to)

    def sends_from(self) -> EmailAddress | None:
        return self._sender.address

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        mail = Mail(
            id=message.id,
            to=str(message.to),
            sender=sender_of(content, self._sender),
            subject=header_text(content.subject),
            text=content.text,
            html=content.html,
            reply_to=content.reply_to,
        )
        body = json_body(given(self.body(mail)))
        headers = {**self._headers, **self.headers_for(mail, body)}
        return HttpRequest(url=self._url, headers=headers, body=body)


def named(mailbox: str, name: str | None) -> Mailbox:
    """The configured mailbox with the name that a field of its own gives."""
    configured = parse_mailbox(mailbox)
    return Mailbox(configured.address, read_name(name or "") or configured.name)
