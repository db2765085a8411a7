"""SparkPost: ``POST /api/v1/transmissions``."""

from __future__ import annotations

from typing import Any, Literal

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import (
    AUTO_SUBMITTED,
    header_text,
    mailbox_object,
    mailbox_text,
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
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, Refusal
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import parse_mailbox
from carteiro.model.message import Message, Receipt

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


class SparkPostConnector(OwnTemplatesConnector):
    """Hand messages to SparkPost."""

    metadata = Metadata(
        id="sparkpost-email",
        target="sparkpost-email",
        name={"en": "SparkPost", "pt-BR": "SparkPost"},
        description={
            "en": "Send through SparkPost's transmissions API, in the US or the EU.",
            "pt-BR": "Envie pela API de transmissões do SparkPost, nos EUA ou na UE.",
        },
        logo=logos.initials("SP", "#a53a00"),
        readme=(
            "# SparkPost\n\nVerify a sending domain and make an API key with *Transmissions: "
            "Read/Write*. Accounts of the EU have a host of their own."
        ),
        form_items=form.items(SparkPostConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
        headers=True,
        tracking_off=True,
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

    def __init__(self, config: SparkPostConfig, services: Services) -> None:
        super().__init__(config, services)
        self._url = f"https://{_HOSTS[config.region]}/api/v1/transmissions"
        self._from = parse_mailbox(config.from_email)
        self._headers = {**JSON_HEADERS, "Authorization": config.api_key}

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        mail: dict[str, Any] = {
            "from": mailbox_object(sender_of(content, self._from)),
            "subject": header_text(content.subject),
            "text": content.text,
            "headers": dict([AUTO_SUBMITTED]),
        }
        if content.html is not None:
            mail["html"] = content.html
        if content.reply_to is not None:
            mail["reply_to"] = mailbox_text(content.reply_to)
        body = {
            "options": _OPTIONS,
            "content": mail,
            "recipients": [{"address": {"email": str(message.to)}}],
        }
        return HttpRequest(url=self._url, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        results = json_object(reply.text).get("results")
        provider_id = text_at(results, "id")
        if provider_id is None:
            raise InvalidResponse("SparkPost answered without a transmission's id.")
        if text_at(results, "total_accepted_recipients") == "0":
            return None
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        error = ("errors", 0)
        summary = text_at(body, *error, "message")
        more = text_at(body, *error, "description")
        text = ": ".join(part for part in (summary, more) if part) or said
        return Fault.saying(text, text_at(body, *error, "code"))
