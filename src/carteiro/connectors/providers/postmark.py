"""Postmark: ``POST /email/withTemplate``; the words are Postmark's templates."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from carteiro.connectors import form, logos
from carteiro.connectors.config_templates import Covering, kept_entry_for
from carteiro.connectors.contract import ConnectorConfig, Services, Written
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_text
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpApiConnector,
    HttpRequest,
    json_body,
    json_object,
    text_at,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, Refusal
from carteiro.connectors.metadata import Capabilities, TemplateSupport
from carteiro.connectors.presentation import provider
from carteiro.errors import TemplateNotFound
from carteiro.model.addresses import EmailAddress, parse_mailbox
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt
from carteiro.model.sender_dns import SenderDns
from carteiro.model.wire import Strict

_URL = "https://api.postmarkapp.com/email/withTemplate"
_ALIASES = [
    {"usageType": kind, "templateAlias": f"logto-{alias}"}
    for kind, alias in (
        (TemplateType.SIGN_IN, "sign-in"),
        (TemplateType.REGISTER, "register"),
        (TemplateType.FORGOT_PASSWORD, "forgot-password"),
        (TemplateType.ORGANIZATION_INVITATION, "organization-invitation"),
        (TemplateType.GENERIC, "generic"),
        (TemplateType.USER_PERMISSION_VALIDATION, "user-permission-validation"),
        (TemplateType.BIND_NEW_IDENTIFIER, "bind-new-identifier"),
        (TemplateType.MFA_VERIFICATION, "mfa-verification"),
        (TemplateType.BIND_MFA, "bind-mfa"),
    )
]


class PostmarkTemplate(Strict):
    """Which of Postmark's templates is for which type, by alias or by its number."""

    model_config = ConfigDict(frozen=True)

    usage_type: str = Field(alias="usageType")
    template_alias: str | None = Field(None, alias="templateAlias")
    template_id: int | None = Field(None, alias="templateId")

    @model_validator(mode="after")
    def _named(self) -> PostmarkTemplate:
        if self.template_alias is None and self.template_id is None:
            raise PydanticCustomError("custom", "Expected templateAlias or templateId")
        return self

    def member(self) -> dict[str, str | int]:
        """How the request names it; an alias comes first."""
        if self.template_alias is not None:
            return {"TemplateAlias": self.template_alias}
        assert self.template_id is not None
        return {"TemplateId": self.template_id}


class PostmarkConfig(ConnectorConfig):
    """Which server of Postmark, who the mail is from, which templates."""

    server_token: form.HeaderText = form.text(
        "serverToken", "Server API token", "Of the server, not of the account.",
        secret=True, placeholder="<your-server-token>",
    )  # fmt: skip
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "A confirmed sender signature, or an address of its domain.",
        placeholder="<from_email_address@your.domain>",
    )  # fmt: skip
    reply_to: form.OptionalMailboxText | None = form.text(
        "replyTo", "Reply to", "Where answers go.", required=False
    )
    message_stream: str | None = form.text(
        "messageStream", "Message stream", "The id of a transactional stream; else `outbound`.",
        required=False, placeholder="outbound",
    )  # fmt: skip
    templates: Covering[PostmarkTemplate] = form.json(
        "templates", "Templates",
        "For each type an alias, or a `templateId`, of a template in Postmark.", default=_ALIASES,
    )  # fmt: skip


class PostmarkConnector(HttpApiConnector):
    """Hand messages to Postmark."""

    metadata = provider(
        "postmark-mail",
        "Postmark",
        description={
            "en": "Send through Postmark with templates that you keep there.",
            "pt-BR": "Envie pelo Postmark com modelos que você mantém lá.",
        },
        logo=logos.initials("PM", "#8a6d00"),
        setup=(
            "Make a template in Postmark for each type, with `{{code}}` or `{{link}}`"
            " in it; `{{locale}}` and all other variables are passed. Copy the server's API token."
        ),
        config=PostmarkConfig,
    )
    capabilities = Capabilities(templates=TemplateSupport.PROVIDER, headers=True, tracking_off=True)
    records = SenderDns(
        ask_for="Postmark shows the domain's DKIM record under Sender Signatures.",
        servers=("*.postmarkapp.com",),
        sources=("https://postmarkapp.com/blog/introducing-full-dmarc-support-with-custom",),
    )
    config_model = PostmarkConfig
    refusals = (
        Refusal("10", PERMANENT, "Check serverToken: it is the token of a server."),
        Refusal("300", PERMANENT, "Check the addresses."),
        Refusal("400", PERMANENT, "Add fromEmail as a sender signature, or its domain."),
        Refusal("401", PERMANENT, "Confirm the sender signature of fromEmail."),
        Refusal("405", PERMANENT, "The account is out of credits or may not send: see its plan."),
        Refusal("406", PERMANENT, "Postmark holds the recipient inactive after a bounce or "
                "complaint: reactivate the address there."),
        Refusal("412", PERMANENT, "While the account waits for approval, only addresses of the "
                "sender's own domain receive mail."),
        Refusal("100", TRANSIENT, "Nothing to change: Postmark is in maintenance."),
        Refusal("429", THROTTLED, "Send more slowly."),
        Refusal("1101", PERMANENT, "Make a template with this alias or id on this server."),
        Refusal("1120", PERMANENT, "Check the template's layout and its variables."),
        Refusal("1235", PERMANENT, "Check messageStream: this server has no stream of that id."),
        Refusal("1236", PERMANENT, "Check messageStream: its stream does not send single mails."),
    )  # fmt: skip

    def __init__(self, config: PostmarkConfig, services: Services) -> None:
        super().__init__(config, services)
        self._headers = {**JSON_HEADERS, "Accept": "application/json",
                         "X-Postmark-Server-Token": config.server_token}  # fmt: skip
        self._mailbox = parse_mailbox(config.from_email)
        self._from = mailbox_text(self._mailbox)
        self._fixed: dict[str, Any] = {
            "Headers": [{"Name": AUTO_SUBMITTED[0], "Value": AUTO_SUBMITTED[1]}],
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if config.reply_to:
            self._fixed["ReplyTo"] = mailbox_text(parse_mailbox(config.reply_to))
        if config.message_stream:
            self._fixed["MessageStream"] = config.message_stream

    def written(self, message: Message) -> Written:
        reply_to = self.config.reply_to
        return Written(sender=self._mailbox, reply_to=parse_mailbox(reply_to) if reply_to else None)

    def sends_from(self) -> EmailAddress | None:
        return self._mailbox.address

    def request(self, message: Message) -> HttpRequest:
        template = kept_entry_for(self.config.templates, message.type, message.payload)
        if template is None:
            raise TemplateNotFound
        body = {
            "From": self._from,
            **template.member(),
            "To": str(message.to),
            "TemplateModel": dict(message.payload),
            **self._fixed,
        }
        return HttpRequest(url=_URL, headers=self._headers, body=json_body(body))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if body.get("ErrorCode"):
            return None
        provider_id = text_at(body, "MessageID")
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "Message") or f"Request failed with status code {reply.status}"
        return Fault.saying(text, text_at(body, "ErrorCode"))
