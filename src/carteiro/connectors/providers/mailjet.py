"""Mailjet: ``POST /v3.1/send``; the outcome of each message stands in the answer's body."""

from __future__ import annotations

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_object
from carteiro.connectors.http.api import Fault, given, json_object, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.credentials import basic_credentials
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.errors import InvalidResponse
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns


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


class MailjetConnector(MailApiConnector):
    """Hand messages to Mailjet."""

    metadata = provider(
        "mailjet-email",
        "Mailjet",
        description={
            "en": "Send through Mailjet's API, version 3.1.",
            "pt-BR": "Envie pela API do Mailjet, versão 3.1.",
        },
        logo=logos.initials("MJ", "#8a4b00"),
        setup="Validate a sender address or domain, and copy the API key and the secret key.",
        config=MailjetConfig,
    )
    capabilities = own_words(headers=True, tracking_off=True)
    records = SenderDns(
        spf="spf.mailjet.com",
        selectors=("mailjet",),
        ask_for="Mailjet shows the records under Sender domains & addresses.",
        servers=("in*.mailjet.com",),
        sources=(
            "https://documentation.mailjet.com/hc/en-us/articles/360049641733",
            "https://www.mailjet.com/blog/deliverability/mailjet-dmarcbis-is-dead-long-live-dmarc/",
        ),
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

    def endpoint(self) -> str:
        return "https://api.mailjet.com/v3.1/send"

    def headers(self) -> dict[str, str]:
        basic = basic_credentials(self.config.api_key, self.config.secret_key)
        self.secrets.append(basic)
        return {"Authorization": f"Basic {basic}"}

    def body(self, mail: Mail) -> JsonObject:
        message = {
            "From": mailbox_object(mail.sender, "Email", "Name"),
            "To": [{"Email": mail.to}],
            "Subject": mail.subject,
            "TextPart": mail.text,
            "CustomID": mail.id,
            "Headers": dict([AUTO_SUBMITTED]),
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
            "HTMLPart": mail.html,
            "ReplyTo": mailbox_object(mail.reply_to, "Email", "Name") if mail.reply_to else None,
        }
        return {"Messages": [given(message)]}

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
