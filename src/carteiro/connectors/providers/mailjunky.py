"""MailJunky: ``POST /api/v1/emails/send``."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, mailbox_text, sender_of
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

_URL = "https://mailjunky.ai/api/v1/emails/send"


class MailJunkyConfig(ConnectorConfig):
    """The key and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "From MailJunky's dashboard.",
        secret=True, placeholder="<your-mailjunky-api-key>",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "An address of a verified domain.",
        placeholder="noreply@example.com",
    )  # fmt: skip
    from_name: str | None = form.text(
        "fromName", "From name", "Shown before the address.", required=False
    )
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class MailJunkyConnector(OwnTemplatesConnector):
    """Hand messages to MailJunky."""

    metadata = Metadata(
        id="mailjunky-email-service",
        target="mailjunky-mail",
        name={"en": "MailJunky", "pt-BR": "MailJunky"},
        description={
            "en": "Send through MailJunky's mail API.",
            "pt-BR": "Envie pela API de e-mail do MailJunky.",
        },
        logo=logos.initials("MJ", "#5b3fa0"),
        readme="# MailJunky\n\nVerify a domain and make an API key in the dashboard.",
        form_items=form.items(MailJunkyConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
    )
    config_model = MailJunkyConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiKey."),
        Refusal(422, PERMANENT, "Check the sender and the addresses."),
    )

    def __init__(self, config: MailJunkyConfig, services: Services) -> None:
        super().__init__(config, services)
        configured = parse_mailbox(config.from_email)
        self._from = Mailbox(
            configured.address, read_name(config.from_name or "") or configured.name
        )
        self._headers = {**JSON_HEADERS, "Authorization": f"Bearer {config.api_key}"}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        body: dict[str, Any] = {
            "from": mailbox_text(sender_of(content, self._from)),
            "to": str(message.to),
            "subject": header_text(content.subject),
        }
        if content.html is not None:
            body["html"] = content.html
        body["text"] = content.text
        if content.reply_to is not None:
            body["reply_to"] = mailbox_text(content.reply_to)
        body["headers"] = dict([AUTO_SUBMITTED])
        return HttpRequest(url=_URL, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if says_error(body):
            return None
        return Receipt(provider_id=text_at(body, "id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        """As in the reference, the answer's body is not shown."""
        known = reply.status in HTTPStatus.__members__.values()
        phrase = f" {HTTPStatus(reply.status).phrase}" if known else ""
        text = f"MailJunky API request failed (status: {reply.status}{phrase})."
        return Fault.saying(text)
