"""Scaleway Transactional Email: ``POST /transactional-email/v1alpha1/regions/{region}/emails``."""

from __future__ import annotations

from typing import Any, Literal

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import (
    AUTO_SUBMITTED,
    ascii_mailbox_text,
    header_text,
    mailbox_object,
    sender_of,
)
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpRequest,
    OwnTemplatesConnector,
    json_body,
    json_object,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

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


class ScalewayTemConnector(OwnTemplatesConnector):
    """Hand messages to Scaleway."""

    metadata = Metadata(
        id="scaleway-tem",
        target="scaleway-tem",
        name={"en": "Scaleway Transactional Email", "pt-BR": "Scaleway Transactional Email"},
        description={
            "en": "Send through Scaleway's mail service in France.",
            "pt-BR": "Envie pelo serviço de e-mail da Scaleway, na França.",
        },
        logo=logos.initials("SC", "#5a1ea6"),
        readme=(
            "# Scaleway Transactional Email\n\nAdd a domain to Transactional Email and wait until "
            "it is checked. Make an API key with the permission set "
            "`TransactionalEmailEmailFullAccess` and copy the project's ID."
        ),
        form_items=form.items(ScalewayConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
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

    def __init__(self, config: ScalewayConfig, services: Services) -> None:
        super().__init__(config, services)
        self._url = _URL.format(region=config.region)
        self._from = parse_mailbox(config.from_email)
        self._headers = {**JSON_HEADERS, "X-Auth-Token": config.secret_key}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        headers = [AUTO_SUBMITTED]
        if content.reply_to is not None:
            headers.append(("Reply-To", ascii_mailbox_text(content.reply_to)))
        body: dict[str, Any] = {
            "from": mailbox_object(sender_of(content, self._from)),
            "to": [{"email": str(message.to)}],
            "subject": header_text(content.subject),
            "text": content.text,
            "html": content.html or "",
            "project_id": self.config.project_id,
            "additional_headers": [{"key": name, "value": value} for name, value in headers],
        }
        return HttpRequest(url=self._url, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt:
        provider_id = text_at(json_object(reply.text), "emails", 0, "id")
        if provider_id is None:
            raise InvalidResponse("Scaleway answered without an email's id.")
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "message") or said
        return Fault.saying(text, text_at(body, "type"))
