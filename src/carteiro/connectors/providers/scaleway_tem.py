"""Scaleway Transactional Email: ``POST /transactional-email/v1alpha1/regions/{region}/emails``."""

from __future__ import annotations

from typing import Literal

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.headers import AUTO_SUBMITTED, ascii_mailbox_text, mailbox_object
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.sender_dns import SenderDns

_URL = "https://api.scaleway.com/transactional-email/v1alpha1/regions/{region}/emails"


class ScalewayConfig(ConnectorConfig):
    """Which project, and who the mail is from."""

    secret_key: form.HeaderText = form.text(
        "secretKey", "Secret key", "Of an API key that may use Transactional Email.", secret=True
    )
    project_id: str = form.text("projectId", "Project ID", "The project of the sender's domain.")
    region: Literal["fr-par"] = form.select(
        "region", "Region", "Where Transactional Email runs.", [("fr-par", "Paris")],
        default="fr-par",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "`address` or `Name <address>` of a checked domain.",
        placeholder="Acme <noreply@example.com>",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class ScalewayTemConnector(MailApiConnector):
    """Hand messages to Scaleway."""

    metadata = provider(
        "scaleway-tem",
        "Scaleway Transactional Email",
        description={
            "en": "Send through Scaleway's mail service in France.",
            "pt-BR": "Envie pelo serviço de e-mail da Scaleway, na França.",
        },
        logo=logos.initials("SC", "#5a1ea6"),
        setup=(
            "Add a domain to Transactional Email and wait until "
            "it is checked. Make an API key with the permission set "
            "`TransactionalEmailEmailFullAccess` and copy the project's ID."
        ),
        config=ScalewayConfig,
    )
    capabilities = own_words(headers=True)
    records = SenderDns(
        spf="_spf.tem.scaleway.com",
        ask_for="The domain's page in Scaleway's console shows its DKIM record.",
        servers=("smtp.tem.scaleway.com", "smtp.tem.scw.cloud"),
        sources=(
            "https://www.scaleway.com/en/docs/transactional-email/how-to/authenticate-domain",
            "https://github.com/scaleway/docs-content/pull/3829",
        ),
    )
    config_model = ScalewayConfig
    refusals = (
        Refusal("denied_authentication", PERMANENT, "Check secretKey."),
        Refusal("permissions_denied", PERMANENT,
                "Allow the key to send mail in this project; check the domain of fromEmail."),
        Refusal("invalid_arguments", PERMANENT, "See which argument is named."),
        Refusal("not_found", PERMANENT, "Check projectId and the domain."),
        Refusal("precondition_failed", PERMANENT, "Check that the domain is verified."),
        Refusal("quotas_exceeded", THROTTLED, "Ask for a higher quota."),
        Refusal("too_many_requests", THROTTLED, "Send more slowly."),
        Refusal("transient_state", TRANSIENT, "Nothing to change: try again."),
    )  # fmt: skip
    id_at = ("emails", 0, "id")
    reason_at = ("message",)
    code_at = ("type",)

    def endpoint(self) -> str:
        return _URL.format(region=self.config.region)

    def headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self.config.secret_key}

    def body(self, mail: Mail) -> JsonObject:
        headers = [AUTO_SUBMITTED]
        if mail.reply_to is not None:
            headers.append(("Reply-To", ascii_mailbox_text(mail.reply_to)))
        return {
            "from": mailbox_object(mail.sender),
            "to": [{"email": mail.to}],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html or "",
            "project_id": self.config.project_id,
            "additional_headers": [{"key": name, "value": value} for name, value in headers],
        }
