"""SendGrid: ``POST /v3/mail/send``."""

from __future__ import annotations

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, TypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_object
from carteiro.connectors.http.api import Fault, json_object, says_error, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector, named
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.addresses import Mailbox
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns

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


class SendGridConnector(MailApiConnector):
    """Hand messages to SendGrid."""

    metadata = provider(
        "sendgrid-email-service",
        "SendGrid",
        description={
            "en": "Send through Twilio SendGrid's mail API.",
            "pt-BR": "Envie pela API de e-mail do Twilio SendGrid.",
        },
        logo=logos.initials("SG", "#0f6aa8"),
        setup=(
            "Authenticate a domain (or verify a single sender) and make an API key "
            "with the permission *Mail Send*."
        ),
        config=SendGridConfig,
        target="sendgrid-mail",
    )
    capabilities = own_words(headers=True, tracking_off=True)
    records = SenderDns(
        selectors=("s1", "s2"),
        varies=True,
        ask_for="SendGrid shows the records under Sender Authentication.",
        servers=("smtp*.sendgrid.net",),
        sources=(
            "https://support.sendgrid.com/hc/en-us/articles/21415314709147",
            "https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication/authenticate-a-domain",
        ),
    )
    config_model = SendGridConfig
    refusals = (
        Refusal(400, PERMANENT, "See which field SendGrid names."),
        Refusal(401, PERMANENT, "Check apiKey: it is unknown, deleted, or the credits are used."),
        Refusal(403, PERMANENT, "Verify fromEmail as a sender, and allow the key to send mail."),
    )
    window_ends_at = "X-RateLimit-Reset"

    def endpoint(self) -> str:
        return "https://api.sendgrid.com/v3/mail/send"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config.api_key}"}

    def sender(self) -> Mailbox:
        return named(self.config.from_email, self.config.from_name)

    def body(self, mail: Mail) -> JsonObject:
        parts = {"text/plain": mail.text, "text/html": mail.html}
        return {
            "personalizations": [{"to": [{"email": mail.to}]}],
            "from": mailbox_object(mail.sender),
            "subject": mail.subject,
            "content": [{"type": kind, "value": text} for kind, text in parts.items() if text],
            "headers": dict([AUTO_SUBMITTED]),
            "tracking_settings": _TRACKING_OFF,
            "reply_to": mailbox_object(mail.reply_to) if mail.reply_to else None,
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        if says_error(json_object(reply.text)):
            return None
        return Receipt(provider_id=reply.headers.get("X-Message-Id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        text = text_at(json_object(said), "errors", 0, "message") or said
        return Fault(data={"message": said}, text=text)
