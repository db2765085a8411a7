"""SMTP2GO: ``POST /v3/email/send``; the key travels in the body."""

from __future__ import annotations

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, KnownTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_text
from carteiro.connectors.http.api import Fault, json_object, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector, named
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.addresses import Mailbox
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns

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


class Smtp2goConnector(MailApiConnector):
    """Hand messages to SMTP2GO."""

    metadata = provider(
        "smtp2go-email-service",
        "SMTP2GO",
        description={
            "en": "Send through SMTP2GO's mail API.",
            "pt-BR": "Envie pela API de e-mail do SMTP2GO.",
        },
        logo=logos.initials("S2", "#1d5f8a"),
        setup=("Verify a sender domain and make an API key that may use `/email/send`."),
        config=Smtp2goConfig,
        target="smtp2go-email",
    )
    capabilities = own_words(headers=True)
    records = SenderDns(
        ask_for="SMTP2GO shows the domain's DKIM record under Sender Domains.",
        servers=("mail*.smtp2go.com",),
        sources=(
            "https://support.smtp2go.com/hc/en-gb/articles/28543815517209-SPF-DKIM-and-DMARC",
        ),
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

    def endpoint(self) -> str:
        return "https://api.smtp2go.com/v3/email/send"

    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json"}

    def sender(self) -> Mailbox:
        return named(self.config.sender, self.config.sender_name)

    def body(self, mail: Mail) -> JsonObject:
        headers = [AUTO_SUBMITTED]
        if mail.reply_to is not None:
            headers.append(("Reply-To", mailbox_text(mail.reply_to)))
        return {
            "api_key": self.config.api_key,
            "to": [mail.to],
            "sender": mailbox_text(mail.sender),
            "subject": mail.subject,
            "html_body": mail.html,
            "text_body": mail.text,
            "custom_headers": [{"header": name, "value": value} for name, value in headers],
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        data = reply.json().get("data") if isinstance(reply.json(), dict) else None
        if not isinstance(data, dict) or data.get("failed") or data.get("error"):
            return None
        return Receipt(provider_id=text_at(data, "email_id"), detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        data = body.get("data")
        text = text_at(data, "error") or text_at(data, "failures", 0) or said
        wire = {"statusCode": reply.status, "body": body or said}
        return Fault(data=wire, text=text, code=text_at(data, "error_code"))
