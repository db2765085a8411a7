"""SparkPost: ``POST /api/v1/transmissions``."""

from __future__ import annotations

from typing import Literal

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_object, mailbox_text
from carteiro.connectors.http.api import Fault, given, json_object, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns

_HOSTS = {"us": "api.sparkpost.com", "eu": "api.eu.sparkpost.com"}
_OPTIONS = {
    "open_tracking": False,
    "click_tracking": False,
    "transactional": True,
    # What looks like a placeholder by now is text.
    "perform_substitutions": False,
}


class SparkPostConfig(ConnectorConfig):
    """The key, where the account lives, and who the mail is from."""

    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "With the permission Transmissions: Read/Write.", secret=True
    )
    region: Literal["us", "eu"] = form.select(
        "region", "Region", "Where the account was opened.", [("us", "US"), ("eu", "EU")],
        default="us",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "`address` or `Name <address>` of a verified sending domain.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class SparkPostConnector(MailApiConnector):
    """Hand messages to SparkPost."""

    metadata = provider(
        "sparkpost-email",
        "SparkPost",
        description={
            "en": "Send through SparkPost's transmissions API, in the US or the EU.",
            "pt-BR": "Envie pela API de transmissões do SparkPost, nos EUA ou na UE.",
        },
        logo=logos.initials("SP", "#a53a00"),
        setup="Verify a sending domain and make an API key with *Transmissions: Read/Write*.",
        config=SparkPostConfig,
    )
    capabilities = own_words(headers=True, tracking_off=True)
    records = SenderDns(
        ask_for="SparkPost shows the domain's DKIM record under Sending Domains.",
        servers=("smtp*.sparkpostmail.com",),
        sources=("https://developers.sparkpost.com/api/sending-domains/",),
    )
    config_model = SparkPostConfig
    refusals = (
        Refusal("7001", PERMANENT, "Verify the sending domain of fromEmail in this region."),
        Refusal("1902", PERMANENT, "SparkPost refuses to make this message: see its words."),
        Refusal(401, PERMANENT, "Check apiKey, and the region: keys belong to one."),
        Refusal(403, PERMANENT, "Give the key the permission Transmissions: Read/Write."),
        Refusal(420, THROTTLED, "The account's sending limit is reached: wait, or raise it."),
        Refusal(200, PERMANENT, "SparkPost took no recipient: see its suppression list."),
    )
    id_at = ("results", "id")

    def endpoint(self) -> str:
        return f"https://{_HOSTS[self.config.region]}/api/v1/transmissions"

    def headers(self) -> dict[str, str]:
        return {"Authorization": self.config.api_key}

    def body(self, mail: Mail) -> JsonObject:
        content = {
            "from": mailbox_object(mail.sender),
            "subject": mail.subject,
            "text": mail.text,
            "headers": dict([AUTO_SUBMITTED]),
            "html": mail.html,
            "reply_to": mailbox_text(mail.reply_to) if mail.reply_to else None,
        }
        return {
            "options": _OPTIONS,
            "content": given(content),
            "recipients": [{"address": {"email": mail.to}}],
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        accepted = text_at(json_object(reply.text), "results", "total_accepted_recipients")
        return None if accepted == "0" else super().receipt(reply)

    def fault(self, reply: HttpReply, said: str) -> Fault:
        error = json_object(said).get("errors")
        parts = (text_at(error, 0, "message"), text_at(error, 0, "description"))
        return Fault.saying(": ".join(filter(None, parts)) or said, text_at(error, 0, "code"))
