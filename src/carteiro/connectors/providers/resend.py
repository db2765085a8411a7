"""Resend: ``POST /emails`` with an idempotency key."""

from __future__ import annotations

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_text
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, UNKNOWN, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.sender_dns import SenderDns


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


class ResendConnector(MailApiConnector):
    """Hand messages to Resend."""

    metadata = provider(
        "resend-email",
        "Resend",
        description={
            "en": "Send through Resend; a repeated attempt is recognised and not sent twice.",
            "pt-BR": "Envie pelo Resend, que reconhece uma tentativa repetida e não envia de novo.",
        },
        logo=logos.initials("R", "#111111"),
        setup="Verify a domain and make an API key with *Sending access*.",
        config=ResendConfig,
    )
    capabilities = own_words(headers=True, idempotency_key=True)
    records = SenderDns(
        spf="amazonses.com",
        selectors=("resend",),
        varies=True,
        ask_for="Resend shows the records under Domains.",
        envelope="send",
        envelope_varies=True,
        servers=("smtp.resend.com",),
        sources=(
            "https://resend.com/docs/api-reference/domains",
            "https://resend.com/docs/dashboard/domains/custom-return-path",
        ),
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
    id_at = ("id",)
    reason_at = ("message",)
    code_at = ("name",)

    def endpoint(self) -> str:
        return "https://api.resend.com/emails"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config.api_key}"}

    def headers_for(self, mail: Mail, body: bytes) -> dict[str, str]:
        return {"Idempotency-Key": mail.id}

    def body(self, mail: Mail) -> JsonObject:
        return {
            "from": mailbox_text(mail.sender),
            "to": [mail.to],
            "subject": mail.subject,
            "text": mail.text,
            "headers": dict([AUTO_SUBMITTED]),
            "html": mail.html,
            "reply_to": mailbox_text(mail.reply_to) if mail.reply_to else None,
        }
