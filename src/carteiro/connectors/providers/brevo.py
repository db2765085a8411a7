"""Brevo: ``POST /v3/smtp/email``."""

from __future__ import annotations

import uuid

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import mailbox_object
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, UNKNOWN, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.sender_dns import SenderDns


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


class BrevoConnector(MailApiConnector):
    """Hand messages to Brevo."""

    metadata = provider(
        "brevo-email",
        "Brevo",
        description={
            "en": "Send through Brevo's transactional mail API.",
            "pt-BR": "Envie pela API de e-mails transacionais do Brevo.",
        },
        logo=logos.initials("B", "#0a7a52"),
        setup=(
            "Verify a sender or authenticate a domain, and make a version 3 API key. If "
            "the account restricts API keys to known addresses, add this server's."
        ),
        config=BrevoConfig,
    )
    # Brevo takes non-standard headers only, so Auto-Submitted cannot be set.
    capabilities = own_words(idempotency_key=True)
    records = SenderDns(
        selectors=("brevo1", "brevo2", "mail"),
        ask_for="Brevo shows the records under Senders, Domains & Dedicated IPs.",
        servers=("smtp-relay.brevo.com", "smtp-relay.sendinblue.com"),
        sources=(
            "https://developers.brevo.com/docs/domain-authentication-and-verification",
            "https://www.captaindns.com/en/blog/brevo-transactional-email-technical-guide",
        ),
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
    id_at = ("messageId",)
    reason_at = ("message",)
    code_at = ("code",)

    def endpoint(self) -> str:
        return "https://api.brevo.com/v3/smtp/email"

    def headers(self) -> dict[str, str]:
        return {"api-key": self.config.api_key}

    def body(self, mail: Mail) -> JsonObject:
        return {
            "sender": mailbox_object(mail.sender),
            "to": [{"email": mail.to}],
            "subject": mail.subject,
            "textContent": mail.text,
            "headers": {"IdempotencyKey": str(uuid.uuid5(uuid.NAMESPACE_OID, mail.id))},
            "htmlContent": mail.html,
            "replyTo": mailbox_object(mail.reply_to) if mail.reply_to else None,
        }
