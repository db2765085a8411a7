"""MailerSend: ``POST /v1/email``."""

from __future__ import annotations

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import mailbox_object
from carteiro.connectors.http.api import json_object, says_error, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns

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


class MailerSendConnector(MailApiConnector):
    """Hand messages to MailerSend."""

    metadata = provider(
        "mailersend-email",
        "MailerSend",
        description={
            "en": "Send through MailerSend's mail API.",
            "pt-BR": "Envie pela API de e-mail do MailerSend.",
        },
        logo=logos.initials("MS", "#3f3fb5"),
        setup="Verify a domain and make an API token with *Sending access*.",
        config=MailerSendConfig,
    )
    # Headers of one's own need a larger plan, so Auto-Submitted is not asked for.
    capabilities = own_words(tracking_off=True)
    records = SenderDns(
        spf="_spf.mailersend.net",
        selectors=("mlsend2", "mlsend"),
        varies=True,
        ask_for="MailerSend shows the records under Domains.",
        servers=("smtp.mailersend.net",),
        sources=("https://www.mailersend.com/blog/dns-records",),
    )
    config_model = MailerSendConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiToken."),
        Refusal(403, PERMANENT, "Give the token sending access, and see the account's plan."),
        Refusal(422, PERMANENT, "See which field is named; verify the domain of fromEmail."),
        Refusal(_ALL_SUPPRESSED, PERMANENT, "MailerSend suppresses the recipient after a bounce, "
                "complaint or unsubscription: take the address off its list."),
    )  # fmt: skip
    reason_at = ("message",)
    code_at = ("warnings", 0, "type")

    def endpoint(self) -> str:
        return "https://api.mailersend.com/v1/email"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config.api_token}"}

    def body(self, mail: Mail) -> JsonObject:
        return {
            "from": mailbox_object(mail.sender),
            "to": [{"email": mail.to}],
            "subject": mail.subject,
            "text": mail.text,
            "settings": {"track_clicks": False, "track_opens": False, "track_content": False},
            "html": mail.html,
            "reply_to": mailbox_object(mail.reply_to) if mail.reply_to else None,
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if says_error(body) or text_at(body, "warnings", 0, "type") == _ALL_SUPPRESSED:
            return None
        return Receipt(provider_id=reply.headers.get("X-Message-Id"), detail=f"HTTP {reply.status}")
