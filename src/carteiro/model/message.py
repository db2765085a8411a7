"""A message on its way: the words, the envelope, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from carteiro.model.addresses import EmailAddress, Mailbox, Sender, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.phones import PhoneNumber, parse_phone

Recipient = EmailAddress | PhoneNumber


def recipient_of(text: str) -> Recipient:
    """An address or a phone number, as it is typed. Raises ``InvalidAddress``."""
    return parse_address(text) if "@" in text else parse_phone(text)


class ContentType(StrEnum):
    """What a template's content is written in."""

    HTML = "text/html"
    PLAIN = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSource:
    """A template as people write it. ``content_type`` is HTML unless it says otherwise.

    ``reply_to`` and ``send_from`` may hold placeholders like subject and content; ``send_from`` is
    a display name or a mailbox. ``text`` is the plain-text part of HTML content; without one it is
    derived. ``provider_template`` names a template that the provider keeps: then there is no
    content, and ``kind`` says which type it was written for.
    """

    subject: str
    content: str
    content_type: ContentType = ContentType.HTML
    text: str | None = None
    provider_template: str | None = None
    reply_to: str | None = None
    send_from: str | None = None
    kind: TemplateType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A template with its values filled in: safe to hand to any connector.

    ``html`` is ``None`` for a plain-text template; ``text`` is always there (derived from the HTML
    where the template has none). ``sender`` and ``reply_to`` are already parsed: a value can fill
    them, never change their structure. ``language`` is the template's tag, where it has one.
    ``provider_template`` names a template that the provider fills in: then there is no text.
    """

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    sender: Sender = field(default_factory=Sender)
    reply_to: Mailbox | None = None
    language: str | None = None
    provider_template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient.

    ``id`` is stable over all attempts: it becomes the ``Message-ID`` and the idempotency key.
    ``content`` is ``None`` for connectors whose words live at the provider; they get ``payload``
    alone. ``created_at`` is in milliseconds since the epoch.
    """

    id: str
    to: Recipient
    type: TemplateType
    payload: Mapping[str, Any] = field(repr=False)
    created_at: int
    content: Rendered | None = None
    ip: str | None = None

    @property
    def address(self) -> EmailAddress:
        """The recipient of a mail; connectors of type ``Email`` are given nothing else."""
        assert isinstance(self.to, EmailAddress)
        return self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider has taken the message over. ``detail`` is its answer, scrubbed."""

    provider_id: str | None = None
    detail: str = ""
