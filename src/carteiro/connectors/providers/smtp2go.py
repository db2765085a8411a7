"""SMTP2GO: ``POST /v3/email/send``; the key travels in the body."""

from __future__ import annotations

from typing import Any

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, KnownTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, mailbox_text, sender_of
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
from carteiro.model.addresses import Mailbox, parse_address
from carteiro.model.display_names import read_name
from carteiro.model.message import Message, Receipt

_URL = "https://api.smtp2go.com/v3/email/send"
_HEADERS = {**JSON_HEADERS, "Accept": "application/json"}
_CODES = "E_ApiResponseCodes."


class Smtp2goConfig(ConnectorConfig):
    """The key and who the mail is from."""

    api_key: str = form.text(
        "apiKey", "API key", "With permission for /email/send.",
        secret=True, placeholder="<your-smtp2go-api-key>",
    )  # fmt: skip
    sender: form.AddressText = form.text(
        "sender", "Sender address", "An address of a verified sender domain.",
        placeholder="noreply@example.com",
    )  # fmt: skip
    sender_name: str | None = form.text(
        "senderName", "Sender name", "Shown before the address.", required=False
    )
    templates: Covering[KnownTemplate] = config_templates.field()


class Smtp2goConnector(OwnTemplatesConnector):
    """Hand messages to SMTP2GO."""

    metadata = Metadata(
        id="smtp2go-email-service",
        target="smtp2go-email",
        name={"en": "SMTP2GO", "pt-BR": "SMTP2GO"},
        description={
            "en": "Send through SMTP2GO's mail API.",
            "pt-BR": "Envie pela API de e-mail do SMTP2GO.",
        },
        logo=logos.initials("S2", "#1d5f8a"),
        readme=(
            "# SMTP2GO\n\nVerify a sender domain and make an API key that may use `/email/send`."
        ),
        form_items=form.items(Smtp2goConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
    )
    config_model = Smtp2goConfig
    refusals = (
        Refusal(_CODES + "API_KEY_INVALID", PERMANENT, "Check apiKey."),
        Refusal(_CODES + "ENDPOINT_PERMISSION_DENIED", PERMANENT,
                "Allow the API key to use /email/send."),
        Refusal(_CODES + "NON_VALIDATING_IN_PAYLOAD", PERMANENT, "See which field is named."),
        Refusal(200, PERMANENT, "SMTP2GO took the request and refused the mail: see its words, "
                "and whether the sender's domain is verified."),
    )  # fmt: skip

    def __init__(self, config: Smtp2goConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = Mailbox(parse_address(config.sender), read_name(config.sender_name or ""))

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        headers = [AUTO_SUBMITTED]
        if content.reply_to is not None:
            headers.append(("Reply-To", mailbox_text(content.reply_to)))
        body: dict[str, Any] = {
            "api_key": self.config.api_key,
            "to": [str(message.to)],
            "sender": mailbox_text(sender_of(content, self._from)),
            "subject": header_text(content.subject),
        }
        if content.html is not None:
            body["html_body"] = content.html
        body["text_body"] = content.text
        body["custom_headers"] = [{"header": name, "value": value} for name, value in headers]
        return HttpRequest(url=_URL, headers=_HEADERS, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        data = reply.json().get("data") if isinstance(reply.json(), dict) else None
        if not isinstance(data, dict) or data.get("failed") or data.get("error"):
            return None
        return Receipt(provider_id=text_at(data, "email_id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        data = body.get("data")
        text = text_at(data, "error") or text_at(data, "failures", 0) or said
        return Fault(
            data={"statusCode": reply.status, "body": body or said},
            text=text,
            code=text_at(data, "error_code"),
        )
