"""MailJunky: ``POST /api/v1/emails/send``."""

from __future__ import annotations

from http import HTTPStatus

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_text
from carteiro.connectors.http.api import Fault, json_object, says_error, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector, named
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.addresses import Mailbox
from carteiro.model.message import Receipt


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


class MailJunkyConnector(MailApiConnector):
    """Hand messages to MailJunky."""

    metadata = provider(
        "mailjunky-email-service",
        "MailJunky",
        description={
            "en": "Send through MailJunky's mail API.",
            "pt-BR": "Envie pela API de e-mail do MailJunky.",
        },
        logo=logos.initials("MJ", "#5b3fa0"),
        setup="Verify a domain and make an API key in the dashboard.",
        config=MailJunkyConfig,
        target="mailjunky-mail",
    )
    capabilities = own_words(headers=True)
    config_model = MailJunkyConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiKey."),
        Refusal(422, PERMANENT, "Check the sender and the addresses."),
    )

    def endpoint(self) -> str:
        return "https://mailjunky.ai/api/v1/emails/send"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config.api_key}"}

    def sender(self) -> Mailbox:
        return named(self.config.from_email, self.config.from_name)

    def body(self, mail: Mail) -> JsonObject:
        return {
            "from": mailbox_text(mail.sender),
            "to": mail.to,
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "reply_to": mailbox_text(mail.reply_to) if mail.reply_to else None,
            "headers": dict([AUTO_SUBMITTED]),
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if says_error(body):
            return None
        return Receipt(provider_id=text_at(body, "id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        """As in the reference, the answer's body is not shown."""
        known = reply.status in HTTPStatus.__members__.values()
        phrase = f" {HTTPStatus(reply.status).phrase}" if known else ""
        return Fault.saying(f"MailJunky API request failed (status: {reply.status}{phrase}).")
