"""Django's mails through a connector.

    EMAIL_BACKEND = "carteiro.django.EmailBackend"
    CARTEIRO = {"connector": "sendgrid-email-service", "config": {"apiKey": …, "fromEmail": …}}

One message goes to one recipient, so each address of ``to``, ``cc`` and ``bcc`` gets a mail of its
own and sees nobody else's. What a connector cannot express is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from threading import RLock
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage, EmailMultiAlternatives

from carteiro.blocking import BlockingSender, open_blocking_sender
from carteiro.errors import CarteiroError, NotSupportedByConnector
from carteiro.model.addresses import Sender, parse_address, parse_mailbox, parse_sender
from carteiro.model.message import Rendered, TemplateSource
from carteiro.templates.compiled import compile_template

_KEYS = {"connector", "config", "guard", "dkim_keys"}


class EmailBackend(BaseEmailBackend):  # type: ignore[misc] # Django ships no types
    """Sends through the connector that ``settings.CARTEIRO`` names."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently, **options)
        self._lock = RLock()
        self._open: ExitStack | None = None
        self._sender: BlockingSender | None = None

    def open(self) -> bool:
        """Open the connector; true where it was not open before."""
        with self._lock:
            if self._sender is not None:
                return False
            stack = ExitStack()
            self._sender = stack.enter_context(open_blocking_sender(**_configured()))
            self._open = stack
            return True

    def close(self) -> None:
        """Close its connections."""
        with self._lock:
            stack, self._open, self._sender = self._open, None, None
            if stack is not None:
                stack.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each message to each of its recipients; how many messages went out whole.

        Raises ``CarteiroError`` unless ``fail_silently``.
        """
        with self._lock:
            opened = self.open()
            try:
                return sum(self._sent(message) for message in email_messages)
            finally:
                if opened:
                    self.close()

    def _sent(self, message: EmailMessage) -> bool:
        assert self._sender is not None
        recipients = message.recipients()
        if not recipients:
            return False
        try:
            content = rendered(message)
            for recipient in [parse_address(_bare(text)) for text in recipients]:
                self._sender.send_rendered(recipient, content)
        except CarteiroError:
            if self.fail_silently:
                return False
            raise
        return True


def rendered(message: EmailMessage) -> Rendered:
    """A Django message as words for a connector. Raises ``NotSupportedByConnector``."""
    if message.attachments:
        raise NotSupportedByConnector("Attachments cannot be sent through a connector.")
    html = list(_html(message))
    if len(html) > 1:
        raise NotSupportedByConnector("A mail has one part in HTML at most.")
    text = str(message.body)
    if message.content_subtype == "html":
        derived = compile_template(TemplateSource(subject="-", content=text))
        text = derived.render({}).text or ""
    reply_to = list(message.reply_to or ())
    if len(reply_to) > 1:
        raise NotSupportedByConnector("A mail has one address for replies at most.")
    return Rendered(
        subject=str(message.subject),
        text=text,
        html=html[0] if html else None,
        sender=parse_sender(message.from_email) if message.from_email else Sender(),
        reply_to=parse_mailbox(reply_to[0]) if reply_to else None,
    )


def _html(message: EmailMessage) -> Iterator[str]:
    if message.content_subtype == "html":
        yield str(message.body)
    if not isinstance(message, EmailMultiAlternatives):
        return
    for content, kind in message.alternatives:
        if kind != "text/html":
            raise NotSupportedByConnector(f"A part of type {kind} cannot be sent.")
        yield str(content)


def _bare(recipient: str) -> str:
    """Django takes ``Name <address>`` for a recipient; a message goes to the address."""
    return str(parse_mailbox(recipient).address)


def _configured() -> dict[str, Any]:
    given = getattr(settings, "CARTEIRO", None)
    if not isinstance(given, dict) or not {"connector", "config"} <= given.keys() <= _KEYS:
        raise ImproperlyConfigured(
            'CARTEIRO: expected {"connector": "…", "config": {…}} and perhaps "guard" '
            'and "dkim_keys".'
        )
    return {
        "connector_id": given["connector"],
        "config": given["config"],
        "guard": given.get("guard"),
        "dkim_keys": given.get("dkim_keys", ()),
    }
