"""Azure Communication Services Email: ``POST /emails:send``, signed with the resource's key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, mailbox_object, sender_of
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

_PATH = "/emails:send?api-version=2025-09-01"
_ENDPOINT = re.compile(r"https://([A-Za-z0-9.-]+)/?")


def _endpoint(value: str) -> str:
    if not _ENDPOINT.fullmatch(value):
        raise PydanticCustomError("invalid_string:url", "Expected https:// and the host")
    return value


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("custom", "Expected base64, as the portal shows it") from None
    return value


class AzureConfig(ConnectorConfig):
    """Which resource, and who the mail is from."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = form.text(
        "endpoint", "Endpoint", "The endpoint of the Communication Services resource.",
        placeholder="https://my-resource.communication.azure.com",
    )  # fmt: skip
    access_key: Annotated[str, AfterValidator(_base64)] = form.text(
        "accessKey", "Access key", "One of the resource's two keys.", secret=True
    )
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "A MailFrom address of a domain linked to the resource.",
        placeholder="DoNotReply@example.com",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class AzureCommunicationConnector(OwnTemplatesConnector):
    """Hand messages to Azure."""

    metadata = Metadata(
        id="azure-communication-email",
        target="azure-communication-email",
        name={"en": "Azure Communication Services", "pt-BR": "Azure Communication Services"},
        description={
            "en": "Send through the email service of Azure Communication Services.",
            "pt-BR": "Envie pelo serviço de e-mail do Azure Communication Services.",
        },
        logo=logos.initials("AZ", "#0b5cad"),
        readme=(
            "# Azure Communication Services\n\nMake an Email Communication Services resource with "
            "a domain, link the domain to a Communication Services resource, and copy the "
            "resource's endpoint and key. The sender's name is set at the MailFrom address."
        ),
        form_items=form.items(AzureConfig),
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_address=True,
        text_part=True,
        headers=True,
        tracking_off=True,
    )
    config_model = AzureConfig
    refusals = (
        Refusal(401, PERMANENT, "Check accessKey and endpoint, and this machine's clock."),
        Refusal("Denied", PERMANENT, "Check accessKey and endpoint, and this machine's clock."),
        Refusal("DomainNotLinked", PERMANENT, "Link the domain of fromEmail to the resource."),
        Refusal("InvalidSenderUserName", PERMANENT, "Add fromEmail as a MailFrom address."),
        Refusal("EmailDroppedAllRecipientsSuppressed", PERMANENT,
                "Azure suppresses the recipient after bounces: see its suppression list."),
        Refusal("TooManyRequests", THROTTLED, "Send more slowly, or ask for a higher limit."),
    )  # fmt: skip

    def __init__(self, config: AzureConfig, services: Services) -> None:
        super().__init__(config, services)
        match = _ENDPOINT.fullmatch(config.endpoint)
        assert match
        self._host = match[1].lower()
        self._url = f"https://{self._host}{_PATH}"
        self._key = base64.b64decode(config.access_key)
        self._from = parse_mailbox(config.from_email)

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        body: dict[str, Any] = {
            "senderAddress": str(sender_of(content, self._from).address),
            "content": {"subject": header_text(content.subject), "plainText": content.text},
            "recipients": {"to": [{"address": str(message.to)}]},
            "headers": dict([AUTO_SUBMITTED]),
            "userEngagementTrackingDisabled": True,
        }
        if content.html is not None:
            body["content"]["html"] = content.html
        if content.reply_to is not None:
            body["replyTo"] = [mailbox_object(content.reply_to, "address", "displayName")]
        data = json_body(body)
        return HttpRequest(
            url=f"https://{self._host}{_PATH}",
            headers=self._signed(data, _date(self.services.clock.now() // 1000)),
            body=data,
        )

    def _signed(self, body: bytes, date: str) -> dict[str, str]:
        """HMAC-SHA256 over method, path, date, host and the body's hash."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        to_sign = f"POST\n{_PATH}\n{date};{self._host};{digest}"
        signature = base64.b64encode(hmac.digest(self._key, to_sign.encode(), hashlib.sha256))
        signed = "x-ms-date;host;x-ms-content-sha256"
        return {
            **JSON_HEADERS,
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": (f"HMAC-SHA256 SignedHeaders={signed}&Signature={signature.decode()}"),
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        body = json_object(reply.text)
        provider_id = text_at(body, "id")
        if provider_id is None:
            raise InvalidResponse("Azure answered without an operation's id.")
        if text_at(body, "status") == "Failed":
            return None
        return Receipt(provider_id=provider_id, detail=text_at(body, "status") or "")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "error", "message") or said
        return Fault.saying(text, text_at(body, "error", "code"))


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    """A time as HTTP writes it; many requests are signed in one second."""
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
