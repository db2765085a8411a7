"""SendGrid: ``POST /v3/mail/send``."""

from __future__ import annotations

from typing import Any

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, TypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, mailbox_object, sender_of
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpRequest,
    OwnTemplatesConnector,
    json_body,
    json_object,
    says_error,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.model.addresses import Mailbox, parse_mailbox
from carteiro.model.display_names import read_name
from carteiro.model.message import Message, Receipt

_URL = "https://api.sendgrid.com/v3/mail/send"
_TRACKING_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}


class SendGridConfig(ConnectorConfig):
    """The key and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "With the permission Mail Send, and no other.",
        secret=True, placeholder="<your-sendgrid-api-key>",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "Email address to send from",
        "A verified single sender, or an address of an authenticated domain.",
        placeholder="foo@example.com",
    )  # fmt: skip
    from_name: str | None = form.text(
        "fromName", "Name of the sender", "Shown before the address.",
        required=False, placeholder="Acme",
    )  # fmt: skip
    templates: Covering[TypedTemplate] = config_templates.field()


class SendGridConnector(OwnTemplatesConnector):
    """Hand messages to SendGrid."""

    metadata = Metadata(
        id="sendgrid-email-service",
        target="sendgrid-mail",
        name={"en": "SendGrid", "pt-BR": "SendGrid"},
        description={
            "en": "Send through Twilio SendGrid's mail API.",
            "pt-BR": "Envie pela API de e-mail do Twilio SendGrid.",
        },
        logo=logos.initials("SG", "#0f6aa8"),
        readme=(
            "# SendGrid\n\nAuthenticate a domain (or verify a single sender) and make an API key "
            "with the permission *Mail Send*."
        ),
        form_items=form.items(SendGridConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
        tracking_off=True,
    )
    config_model = SendGridConfig
    refusals = (
        Refusal(400, PERMANENT, "See which field SendGrid names."),
        Refusal(401, PERMANENT, "Check apiKey: it is unknown, deleted, or the credits are used."),
        Refusal(403, PERMANENT, "Verify fromEmail as a sender, and allow the key to send mail."),
    )

    def __init__(self, config: SendGridConfig, services: Services) -> None:
        super().__init__(config, services)
        configured = parse_mailbox(config.from_email)
        self._from = Mailbox(
            configured.address, read_name(config.from_name or "") or configured.name
        )
        self._headers = {**JSON_HEADERS, "Authorization": f"Bearer {config.api_key}"}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        parts = {"text/plain": content.text, "text/html": content.html}
        body: dict[str, Any] = {
            "personalizations": [{"to": [{"email": str(message.to)}]}],
            "from": mailbox_object(sender_of(content, self._from)),
            "subject": header_text(content.subject),
            "content": [{"type": kind, "value": text} for kind, text in parts.items() if text],
            "headers": dict([AUTO_SUBMITTED]),
            "tracking_settings": _TRACKING_OFF,
        }
        if content.reply_to is not None:
            body["reply_to"] = mailbox_object(content.reply_to)
        return HttpRequest(url=_URL, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        if says_error(json_object(reply.text)):
            return None
        return Receipt(provider_id=reply.headers.get("X-Message-Id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        text = text_at(json_object(said), "errors", 0, "message") or said
        return Fault(data={"message": said}, text=text)

    def retry_after(self, reply: HttpReply) -> float | None:
        """SendGrid says when its window ends, in seconds since the epoch."""
        reset = reply.headers.get("X-RateLimit-Reset", "")
        if reply.status != 429 or not (reset.isascii() and reset.isdigit() and len(reset) < 12):
            return super().retry_after(reply)
        return max(0.0, int(reset) - self.services.clock.now() / 1000)
