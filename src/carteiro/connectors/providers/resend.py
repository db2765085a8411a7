"""Resend: ``POST /emails`` with an idempotency key."""

from __future__ import annotations

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
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, UNKNOWN, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

_URL = "https://api.resend.com/emails"


class ResendConfig(ConnectorConfig):
    """The key and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "With the permission Sending access.",
        secret=True, placeholder="re_…",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "`address` or `Name <address>` of a verified domain.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class ResendConnector(OwnTemplatesConnector):
    """Hand messages to Resend."""

    metadata = Metadata(
        id="resend-email",
        target="resend-email",
        name={"en": "Resend", "pt-BR": "Resend"},
        description={
            "en": "Send through Resend; a repeated attempt is recognised and not sent twice.",
            "pt-BR": "Envie pelo Resend, que reconhece uma tentativa repetida e não envia de novo.",
        },
        logo=logos.initials("R", "#111111"),
        readme="# Resend\n\nVerify a domain and make an API key with *Sending access*.",
        form_items=form.items(ResendConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
        idempotency_key=True,
    )
    config_model = ResendConfig
    refusals = (
        Refusal("missing_api_key", PERMANENT, "Check apiKey."),
        Refusal("invalid_api_key", PERMANENT, "Check apiKey."),
        Refusal("restricted_api_key", PERMANENT, "Give the key Sending access for this domain."),
        Refusal("validation_error", PERMANENT,
                "See which field is named. Without a verified domain only your own address works."),
        Refusal("invalid_from_address", PERMANENT, "Check fromEmail."),
        Refusal("invalid_idempotent_request", UNKNOWN,
                "Nothing to change: Resend has taken this attempt before."),
        Refusal("concurrent_idempotent_requests", TRANSIENT, "Nothing to change: try again."),
        Refusal("rate_limit_exceeded", THROTTLED, "Send more slowly."),
        Refusal("daily_quota_exceeded", THROTTLED, "Wait a day, or change the plan."),
        Refusal("monthly_quota_exceeded", THROTTLED, "Wait a month, or change the plan."),
        Refusal("application_error", TRANSIENT, "Nothing to change: try again."),
    )  # fmt: skip

    def __init__(self, config: ResendConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = parse_mailbox(config.from_email)
        self._headers = {**JSON_HEADERS, "Authorization": f"Bearer {config.api_key}"}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        body: dict[str, Any] = {
            "from": mailbox_text(sender_of(content, self._from)),
            "to": [str(message.to)],
            "subject": header_text(content.subject),
            "text": content.text,
            "headers": dict([AUTO_SUBMITTED]),
        }
        if content.html is not None:
            body["html"] = content.html
        if content.reply_to is not None:
            body["reply_to"] = mailbox_text(content.reply_to)
        headers = {**self._headers, "Idempotency-Key": message.id}
        return HttpRequest(url=_URL, headers=headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt:
        provider_id = text_at(json_object(reply.text), "id")
        if provider_id is None:
            raise InvalidResponse("Resend answered without an id.")
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "message") or said
        return Fault.saying(text, text_at(body, "name"))
