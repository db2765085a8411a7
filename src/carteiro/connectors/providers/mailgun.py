"""Mailgun: ``POST /v3/{domain}/messages`` with own content, or with a template kept at Mailgun."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from carteiro.connectors import form, logos
from carteiro.connectors.contract import ConnectorConfig, Services, Written
from carteiro.connectors.headers import (
    AUTO_SUBMITTED,
    header_text,
    mailbox_text,
    message_id,
    sender_of,
)
from carteiro.connectors.http.api import (
    FORM_HEADERS,
    Fault,
    HttpApiConnector,
    HttpRequest,
    form_body,
    json_body,
    json_object,
    says_error,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.credentials import basic_credentials
from carteiro.connectors.http.refusals import PERMANENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.addresses import EmailAddress, domain_key, parse_mailbox
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import Message, Receipt, TemplateSource
from carteiro.model.sender_dns import SenderDns
from carteiro.model.wire import Strict

_HOST = ".mailgun.net"
_ENDPOINT = re.compile(r"https://[a-z0-9.-]+", re.IGNORECASE)
_DEFAULT_ENDPOINT = "https://api.mailgun.net"
_DEFAULT_DELIVERIES = {
    kind: {"subject": subject, "html": "<p>Your code is <b>{{code}}</b>.</p>"}
    for kind, subject in (
        (TemplateType.SIGN_IN, "Your sign-in code {{code}}"),
        (TemplateType.REGISTER, "Your sign-up code {{code}}"),
        (TemplateType.FORGOT_PASSWORD, "Your code to reset the password {{code}}"),
        (TemplateType.GENERIC, "Your verification code {{code}}"),
    )
}


class _Delivery(Strict):
    model_config = ConfigDict(frozen=True, alias_generator=None)
    subject: str | None = None
    replyTo: str | None = None  # noqa: N815 - the wire's name


class TemplateDelivery(_Delivery):
    """A template kept at Mailgun, which fills it with ``variables`` and the message's own."""

    template: str
    variables: dict[str, Any] | None = None


class RawDelivery(_Delivery):
    """Own content."""

    html: str
    text: str | None = None

    def source(self) -> TemplateSource:
        """The template as the rest of Carteiro reads it."""
        return TemplateSource(
            subject=self.subject or "", content=self.html, text=self.text, reply_to=self.replyTo
        )


def _delivery(value: Any) -> TemplateDelivery | RawDelivery:
    """Where both forms fit, Mailgun's template is used, as in the reference."""
    for kind in (TemplateDelivery, RawDelivery):
        try:
            delivery = kind.model_validate(value)
        except ValidationError:
            continue
        form.require_literal_mailbox("replyTo", delivery.replyTo)
        return delivery
    raise PydanticCustomError("union_of_delivery", "Expected html, or template")


def _endpoint(value: str) -> str:
    if not value.endswith(_HOST):
        raise PydanticCustomError(
            "invalid_string:endsWith",
            'Invalid input: must end with "{end}"',
            {"end": _HOST, "validation": {"endsWith": _HOST}},
        )
    if not _ENDPOINT.fullmatch(value):
        raise PydanticCustomError("invalid_string:url", "Invalid url")
    return value


class MailgunConfig(ConnectorConfig):
    """Which domain, and what is sent for each type."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = form.text(
        "endpoint", "Mailgun endpoint", "For the EU region https://api.eu.mailgun.net.",
        required=False, placeholder=_DEFAULT_ENDPOINT,
    )  # fmt: skip
    domain: Annotated[form.HostText, Field(min_length=1)] = form.text(
        "domain", "Domain", "The sending domain.", placeholder="your-mailgun-domain.com"
    )
    api_key: form.HeaderText = form.text(
        "apiKey", "API key", "A sending key of the domain, or the account's API key.",
        secret=True, placeholder="<your-mailgun-api-key>",
    )  # fmt: skip
    from_: form.MailboxText = form.text(
        "from", "Email address to send from", "`address` or `Name <address>`.",
        placeholder="Sender Name <foo@example.com>",
    )  # fmt: skip
    deliveries: dict[str, Annotated[Any, PlainValidator(_delivery)]] = form.json(
        "deliveries", "Deliveries",
        "By type: `{html, text, subject, replyTo}`, or `{template, variables, subject, replyTo}`.",
        default=_DEFAULT_DELIVERIES,
    )  # fmt: skip


class MailgunConnector(HttpApiConnector):
    """Hand messages to Mailgun."""

    metadata = provider(
        "mailgun-email",
        "Mailgun",
        description={
            "en": "Send through Mailgun, with own templates or with templates kept there.",
            "pt-BR": "Envie pelo Mailgun, com modelos próprios ou guardados lá.",
        },
        logo=logos.initials("MG", "#a1172f"),
        setup=(
            "Add and verify a sending domain, and make a sending key for it. Domains "
            "of the EU region need the endpoint `https://api.eu.mailgun.net`."
        ),
        config=MailgunConfig,
    )
    capabilities = own_words(provider_templates=True, headers=True, tracking_off=True)
    records = SenderDns(
        spf="mailgun.org",
        selectors=("pdk1", "pdk2", "mx", "mailo", "smtp"),
        varies=True,
        ask_for="The domain's page in Mailgun's control panel shows the records.",
        envelope="",
        servers=("smtp.mailgun.org", "smtp.*.mailgun.org"),
        sources=(
            "https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify",
            "https://mxio.io/providers/mailgun",
        ),
    )
    config_model = MailgunConfig
    refusals = (
        Refusal(401, PERMANENT, "Check apiKey, and the endpoint: each region has its own."),
        Refusal(402, PERMANENT, "The account or plan does not allow this: see Mailgun's billing."),
        Refusal(403, PERMANENT, "Check whether Mailgun has disabled the account or the domain."),
        Refusal(404, PERMANENT, "Check domain, and the endpoint: each region has its own."),
    )

    def __init__(self, config: MailgunConfig, services: Services) -> None:
        super().__init__(config, services)
        endpoint = config.endpoint or _DEFAULT_ENDPOINT
        self._url = f"{endpoint}/v3/{quote(config.domain, safe='')}/messages"
        self._from = parse_mailbox(config.from_)
        basic = basic_credentials("api", config.api_key)
        self._headers = {**FORM_HEADERS, "Authorization": f"Basic {basic}"}
        self.secrets.append(basic)

    def sends_from(self) -> EmailAddress | None:
        return self._from.address

    def sender_dns(self) -> SenderDns:
        own = domain_key(self.config.domain) == self._from.address.domain
        # Bounces go to the domain that sends, which need not be the one in From.
        return self.records if own else replace(self.records, envelope=None)

    def template(self, kind: TemplateType) -> TemplateSource | None:
        delivery = self._delivery(kind)
        if delivery is None:
            return None
        if isinstance(delivery, RawDelivery):
            return delivery.source()
        return TemplateSource(
            subject=delivery.subject or "",
            content="",
            reply_to=delivery.replyTo,
            provider_template=delivery.template,
            kind=kind if kind in self.config.deliveries else TemplateType.GENERIC,
        )

    def written(self, message: Message) -> Written:
        content = words(message)
        return Written(sender=sender_of(content, self._from), reply_to=content.reply_to)

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        sender = sender_of(content, self._from)
        fields: dict[str, str | None] = {
            "from": mailbox_text(sender),
            "to": str(message.to),
            "subject": header_text(content.subject) or None,
            "h:Reply-To": mailbox_text(content.reply_to) if content.reply_to else None,
        }
        if content.provider_template is not None:
            fields["template"] = content.provider_template
            fields["h:X-Mailgun-Variables"] = self._variables(message)
        else:
            fields["html"] = content.html or None
            fields["text"] = content.text
        fields[f"h:{AUTO_SUBMITTED[0]}"] = AUTO_SUBMITTED[1]
        fields["h:Message-Id"] = message_id(message, sender)
        fields["o:tracking"] = "no"
        return HttpRequest(url=self._url, headers=self._headers, body=form_body(fields))

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        if says_error(body):
            return None
        provider_id = text_at(body, "id")
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        text = text_at(json_object(said), "message") or said
        return Fault(data={"statusCode": reply.status, "body": said}, text=text)

    def _delivery(self, kind: TemplateType) -> TemplateDelivery | RawDelivery | None:
        deliveries = self.config.deliveries
        found: TemplateDelivery | RawDelivery | None = deliveries.get(kind)
        return found or (None if kind in NOTICES else deliveries.get(TemplateType.GENERIC))

    def _variables(self, message: Message) -> str:
        delivery = self._delivery(message.type)
        own: Mapping[str, Any] = getattr(delivery, "variables", None) or {}
        return json_body({**own, **message.payload}).decode()
