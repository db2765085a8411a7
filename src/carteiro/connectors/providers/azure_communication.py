"""Azure Communication Services Email: ``POST /emails:send``, signed with the resource's key."""

from __future__ import annotations

import base64
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, LooselyTypedTemplate
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.headers import AUTO_SUBMITTED, mailbox_object
from carteiro.connectors.http.api import given, json_object, text_at
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.credentials import hmac_base64, http_date, sha256_base64
from carteiro.connectors.http.mail_api import JsonObject, Mail, MailApiConnector
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.model.message import Receipt
from carteiro.model.sender_dns import SenderDns

_PATH = "/emails:send?api-version=2025-09-01"
_ENDPOINT = re.compile(r"https://([A-Za-z0-9.-]+)/?")


def _endpoint(value: str) -> str:
    if not _ENDPOINT.fullmatch(value):
        raise PydanticCustomError("invalid_string:url", "Expected https:// and the host")
    return value


class AzureConfig(ConnectorConfig):
    """Which resource, and who the mail is from."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = form.text(
        "endpoint", "Endpoint", "The endpoint of the Communication Services resource.",
        placeholder="https://my-resource.communication.azure.com",
    )  # fmt: skip
    access_key: form.Base64Text = form.text(
        "accessKey", "Access key", "One of the resource's two keys.", secret=True
    )
    from_email: form.MailboxText = form.text(
        "fromEmail", "From email", "A MailFrom address of a domain linked to the resource.",
        placeholder="DoNotReply@example.com",
    )  # fmt: skip
    templates: Covering[LooselyTypedTemplate] = config_templates.field()


class AzureCommunicationConnector(MailApiConnector):
    """Hand messages to Azure."""

    metadata = provider(
        "azure-communication-email",
        "Azure Communication Services",
        description={
            "en": "Send through the email service of Azure Communication Services.",
            "pt-BR": "Envie pelo serviço de e-mail do Azure Communication Services.",
        },
        logo=logos.initials("AZ", "#0b5cad"),
        setup=(
            "Make an Email Communication Services resource with "
            "a domain, link the domain to a Communication Services resource, and copy the "
            "resource's endpoint and key. The sender's name is set at the MailFrom address."
        ),
        config=AzureConfig,
    )
    capabilities = own_words(sender_name=False, headers=True, tracking_off=True)
    records = SenderDns(
        spf="spf.protection.outlook.com",
        selectors=("selector1-azurecomm-prod-net", "selector2-azurecomm-prod-net"),
        ask_for="The domain's page of the Email Communication Service shows the records.",
        servers=("smtp.azurecomm.net",),
        sources=(
            "https://learn.microsoft.com/en-us/azure/communication-services/concepts/email/email-domain-and-sender-authentication",
            "https://blog.rmilne.ca/2025/02/28/azure-communication-service-enable-dkim-signing",
        ),
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
    id_at = ("id",)
    reason_at = ("error", "message")
    code_at = ("error", "code")

    def __init__(self, config: AzureConfig, services: Services) -> None:
        super().__init__(config, services)
        self._host = urlsplit(self._url).netloc
        self._key = base64.b64decode(config.access_key)

    def endpoint(self) -> str:
        host = urlsplit(self.config.endpoint).netloc.lower()
        return f"https://{host}{_PATH}"

    def body(self, mail: Mail) -> JsonObject:
        content = {"subject": mail.subject, "plainText": mail.text, "html": mail.html}
        reply_to = mail.reply_to
        return {
            "senderAddress": str(mail.sender.address),
            "content": given(content),
            "recipients": {"to": [{"address": mail.to}]},
            "headers": dict([AUTO_SUBMITTED]),
            "userEngagementTrackingDisabled": True,
            "replyTo": [mailbox_object(reply_to, "address", "displayName")] if reply_to else None,
        }

    def headers_for(self, mail: Mail, body: bytes) -> dict[str, str]:
        return self._signed(body, http_date(self.services.clock.now() // 1000))

    def _signed(self, body: bytes, date: str) -> dict[str, str]:
        """HMAC-SHA256 over method, path, date, host and the body's hash."""
        digest = sha256_base64(body)
        signature = hmac_base64(self._key, f"POST\n{_PATH}\n{date};{self._host};{digest}")
        signed = "x-ms-date;host;x-ms-content-sha256"
        return {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 SignedHeaders={signed}&Signature={signature}",
        }

    def receipt(self, reply: HttpReply) -> Receipt | None:
        accepted = super().receipt(reply)
        status = text_at(json_object(reply.text), "status")
        if accepted is None or status == "Failed":
            return None
        return Receipt(provider_id=accepted.provider_id, detail=status or "")
