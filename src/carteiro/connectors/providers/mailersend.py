"""MailerSend: ``POST /v1/email``."""

from __future__ import annotations

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
    says_error,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

_URL = "https://api.mailersend.com/v1/email"
_ALL_SUPPRESSED = "ALL_SUPPRESSED"


class MailerSendConfig(ConnectorConfig):
    """The token and who the mail is from."""

    api_token: form.HeaderText = form.text(
        "apiToken", "API token", "With the scope email, sending access.",
        secret=True, placeholder="mlsn.…",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "`address` or `Name <address>` of a verified domain.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class MailerSendConnector(OwnTemplatesConnector):
    """Hand messages to MailerSend."""

    metadata = Metadata(
        id="mailersend-email",
        target="mailersend-email",
        name={"en": "MailerSend", "pt-BR": "MailerSend"},
        description={
            "en": "Send through MailerSend's mail API.",
            "pt-BR": "Envie pela API de e-mail do MailerSend.",
        },
        logo=logos.initials("MS", "#3f3fb5"),
        readme="# MailerSend\n\nVerify a domain and make an API token with *Sending access*.",
        form_items=form.items(MailerSendConfig),
    )
    # Headers of one's own need a larger plan, so Auto-Submitted is not asked for.
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        tracking_off=True,
    )
    config_model = MailerSendConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiToken."),
        Refusal(403, PERMANENT, "Give the token sending access, and see the account's plan."),
        Refusal(422, PERMANENT, "See which field is named; verify the domain of fromEmail."),
        Refusal(_ALL_SUPPRESSED, PERMANENT, "MailerSend suppresses the recipient after a bounce, "
                "complaint or unsubscription: take the address off its list."),
    )  # fmt: skip

    def __init__(self, config: MailerSendConfig, services: Services) -> None:
        super().__init__(config, services)
        self._from = parse_mailbox(config.from_email)
        self._headers = {**JSON_HEADERS, "Authorization": f"Bearer {config.api_token}"}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        body: dict[str, Any] = {
            "from": mailbox_object(sender_of(content, self._from)),
            "to": [{"email": str(message.to)}],
            "subject": header_text(content.subject),
            "text": content.text,
            "settings": {"track_clicks": False, "track_opens": False, "track_content": False},
        }
        if content.html is not None:
            body["html"] = content.html
        if content.reply_to is not None:
            body["reply_to"] = mailbox_object(content.reply_to)
        return HttpRequest(url=_URL, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if says_error(body) or text_at(body, "warnings", 0, "type") == _ALL_SUPPRESSED:
            return None
        return Receipt(provider_id=reply.headers.get("X-Message-Id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "message") or said
        code = text_at(body, "warnings", 0, "type")
        return Fault.saying(text, code)
