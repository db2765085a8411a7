"""Brevo: ``POST /v3/smtp/email``."""

from __future__ import annotations

import uuid
from typing import Any

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import header_text, mailbox_object, sender_of
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
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, UNKNOWN, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

_URL = "https://api.brevo.com/v3/smtp/email"


class BrevoConfig(ConnectorConfig):
    """The key and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "A key of the version 3 API.", secret=True, placeholder="xkeysib-…"
    )
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "A verified sender: `address` or `Name <address>`.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class BrevoConnector(OwnTemplatesConnector):
    """Hand messages to Brevo."""

    metadata = Metadata(
        id="brevo-email",
        target="brevo-email",
        name={"en": "Brevo", "pt-BR": "Brevo"},
        description={
            "en": "Send through Brevo's transactional mail API.",
            "pt-BR": "Envie pela API de e-mails transacionais do Brevo.",
        },
        logo=logos.initials("B", "#0a7a52"),
        readme=(
            "# Brevo\n\nVerify a sender or authenticate a domain, and make a version 3 API key. If "
            "the account restricts API keys to known addresses, add this server's."
        ),
        form_items=form.items(BrevoConfig),
    )
    # Brevo takes non-standard headers only, so Auto-Submitted cannot be set.
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        idempotency_key=True,
    )
    config_model = BrevoConfig
    refusals = (
        Refusal("unauthorized", PERMANENT, "Check apiKey, and the account's list of known IPs."),
        Refusal("permission_denied", PERMANENT, "Activate transactional mail for the account."),
        Refusal("account_under_validation", PERMANENT, "Brevo still validates the account."),
        Refusal("not_enough_credits", PERMANENT, "Buy credits or change the plan."),
        Refusal("invalid_parameter", PERMANENT, "See which field is named; verify the sender."),
        Refusal("missing_parameter", PERMANENT, "See which field is named."),
        Refusal(
            "duplicate_parameter",
            UNKNOWN,
            "Nothing to change: Brevo knows this attempt, and has taken it before.",
        ),
        Refusal("too_many_requests", THROTTLED, "Send more slowly."),
        Refusal(402, PERMANENT, "Buy credits or change the plan."),
    )

    def __init__(self, config: BrevoConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = parse_mailbox(config.from_email)
        self._headers = {**JSON_HEADERS, "api-key": config.api_key}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        body: dict[str, Any] = {
            "sender": mailbox_object(sender_of(content, self._from)),
            "to": [{"email": str(message.to)}],
            "subject": header_text(content.subject),
            "textContent": content.text,
            "headers": {"IdempotencyKey": str(uuid.uuid5(uuid.NAMESPACE_OID, message.id))},
        }
        if content.html is not None:
            body["htmlContent"] = content.html
        if content.reply_to is not None:
            body["replyTo"] = mailbox_object(content.reply_to)
        return HttpRequest(url=_URL, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt:
        provider_id = text_at(json_object(reply.text), "messageId")
        if provider_id is None:
            raise InvalidResponse("Brevo answered without a messageId.")
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "message") or said
        return Fault.saying(text, text_at(body, "code"))
