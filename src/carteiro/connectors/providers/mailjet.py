"""Mailjet: ``POST /v3.1/send``; the outcome of each message stands in the answer's body."""

from __future__ import annotations

import base64
from typing import Any

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, mailbox_object, sender_of
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpRequest,
    OwnTemplatesConnector,
    json_body,
    json_object,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

_URL = "https://api.mailjet.com/v3.1/send"


class MailjetConfig(ConnectorConfig):
    """The two keys and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "The public half of the key.", secret=True
    )
    secret_key: form.HeaderText = form.text(
        "secretKey", "Secret key", "The secret half of the key.", secret=True
    )
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "An active sender: `address` or `Name <address>`.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class MailjetConnector(OwnTemplatesConnector):
    """Hand messages to Mailjet."""

    metadata = Metadata(
        id="mailjet-email",
        target="mailjet-email",
        name={"en": "Mailjet", "pt-BR": "Mailjet"},
        description={
            "en": "Send through Mailjet's API, version 3.1.",
            "pt-BR": "Envie pela API do Mailjet, versão 3.1.",
        },
        logo=logos.initials("MJ", "#8a4b00"),
        readme=(
            "# Mailjet\n\nAdd and validate a sender address or domain, and copy the API key and "
            "the secret key."
        ),
        form_items=form.items(MailjetConfig),
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
    config_model = MailjetConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiKey and secretKey."),
        Refusal("mj-0003", PERMANENT, "A field is missing: see which one is named."),
        Refusal("mj-0004", PERMANENT, "A field has the wrong type: see which one is named."),
        Refusal("mj-0013", PERMANENT, "Check the address."),
        Refusal("send-0003", PERMANENT, "The message has no text."),
        Refusal("send-0008", PERMANENT, "Validate fromEmail as a sender in Mailjet."),
    )

    def __init__(self, config: MailjetConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = parse_mailbox(config.from_email)
        pair = f"{config.api_key}:{config.secret_key}"
        basic = base64.b64encode(pair.encode()).decode()
        self._headers = {**JSON_HEADERS, "Authorization": f"Basic {basic}"}
        self.secrets.append(basic)

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        mail: dict[str, Any] = {
            "From": mailbox_object(sender_of(content, self._from), "Email", "Name"),
            "To": [{"Email": str(message.to)}],
            "Subject": header_text(content.subject),
            "TextPart": content.text,
            "CustomID": message.id,
            "Headers": dict([AUTO_SUBMITTED]),
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
        }
        if content.html is not None:
            mail["HTMLPart"] = content.html
        if content.reply_to is not None:
            mail["ReplyTo"] = mailbox_object(content.reply_to, "Email", "Name")
        return HttpRequest(url=_URL, headers=self._headers, body=json_body({"Messages": [mail]}))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        status = text_at(body, "Messages", 0, "Status")
        if status is None:
            raise InvalidResponse("Mailjet answered without the message's status.")
        if status != "success":
            return None
        provider_id = text_at(body, "Messages", 0, "To", 0, "MessageUUID")
        return Receipt(provider_id=provider_id, detail=status)

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        for place in (("Messages", 0, "Errors", 0), ("Errors", 0), ()):
            if text := text_at(body, *place, "ErrorMessage"):
                return Fault.saying(text, text_at(body, *place, "ErrorCode"))
        return Fault.saying(said)
