"""HTTP Email: hands every message to an endpoint of the tenant's own.

The endpoint gets the reason and the variables, no words; any 2xx means that it took the message
over. Requests can be signed by Standard Webhooks 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from standardwebhooks import Webhook

from carteiro.connectors import logos
from carteiro.connectors.contract import Connector, ConnectorConfig, Services
from carteiro.connectors.http import HttpReply
from carteiro.connectors.metadata import (
    Capabilities,
    FormItem,
    FormItemType,
    Metadata,
    TemplateSupport,
)
from carteiro.connectors.scrub import scrub
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.model.message import Message, Receipt

_KEY_PREFIX = "whsec_"
_KEY_BYTES = 24
_DISPOSITIONS = {
    408: Disposition.TRANSIENT,
    425: Disposition.TRANSIENT,
    429: Disposition.THROTTLED,
}
_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _header_value(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("custom", "A header value holds no control characters.")
    return value


def _signing_key(value: str) -> str:
    encoded = value.removeprefix(_KEY_PREFIX)
    try:
        long_enough = len(base64.b64decode(encoded + "==", validate=True)) >= _KEY_BYTES
    except (binascii.Error, ValueError):
        long_enough = False
    if not long_enough or not value.startswith(_KEY_PREFIX):
        raise PydanticCustomError("custom", "Expected whsec_ and at least 24 bytes in base64.")
    return value


HeaderValue = Annotated[str, AfterValidator(_header_value)]
SigningKey = Annotated[str, AfterValidator(_signing_key)]


class HttpEmailConfig(ConnectorConfig):
    """Where to, and how the endpoint knows that it is us."""

    endpoint: str = Field(description="The address that gets a POST for every message.")
    authorization: HeaderValue | None = Field(
        None, repr=False, description="Sent as the Authorization header, as it is."
    )
    signing_key: SigningKey | None = Field(
        None,
        alias="signingKey",
        repr=False,
        description="Signs every request by Standard Webhooks: `whsec_` and base64.",
    )
    previous_signing_key: SigningKey | None = Field(
        None,
        alias="previousSigningKey",
        repr=False,
        description="Signs beside the new key while the endpoint is being switched.",
    )


FORM_ITEMS = [
    FormItem(
        key="endpoint",
        type=FormItemType.TEXT,
        label="Endpoint",
        required=True,
        placeholder="<https://example.com/your-http-endpoint>",
    ),
    FormItem(
        key="authorization",
        type=FormItemType.TEXT,
        label="Authorization header",
        required=False,
        placeholder="<Bearer your-token>",
        tooltip="Sent with every request, as it is.",
        is_confidential=True,
    ),
    FormItem(
        key="signingKey",
        type=FormItemType.TEXT,
        label="Signing key",
        required=False,
        placeholder="<whsec_…>",
        tooltip="Signs every request by Standard Webhooks.",
        is_confidential=True,
    ),
    FormItem(
        key="previousSigningKey",
        type=FormItemType.TEXT,
        label="Previous signing key",
        required=False,
        placeholder="<whsec_…>",
        tooltip="Signs beside the new key while you switch the endpoint.",
        is_confidential=True,
    ),
]


class HttpEmailConnector(Connector):
    """POST ``{to, type, payload, ip?}``."""

    metadata = Metadata(
        id="http-email",
        target="http-email",
        name={"en": "HTTP Email", "pt-BR": "E-mail por HTTP"},
        description={
            "en": "Hand every message to an HTTP endpoint of your own.",
            "pt-BR": "Entregue cada mensagem a um endpoint HTTP seu.",
        },
        logo=logos.HTTP,
        readme=(
            "# HTTP Email\n\n"
            "For every message your endpoint gets a `POST` with the JSON members `to`, `type`, "
            "`payload` and, where it is known, `ip`. Answer with any 2xx once you have taken it "
            "over; 429 and `Retry-After` ask us to wait.\n\n"
            "With a signing key the requests carry the headers of "
            "[Standard Webhooks](https://www.standardwebhooks.com): verify them. The `webhook-id` "
            "stays the same when a message is tried again.\n"
        ),
        form_items=FORM_ITEMS,
    )
    capabilities = Capabilities(templates=TemplateSupport.PROVIDER, idempotency_key=True)
    config_model = HttpEmailConfig

    def __init__(self, config: HttpEmailConfig, services: Services) -> None:
        super().__init__(config, services)
        self._secrets = (config.authorization, config.signing_key, config.previous_signing_key)
        keys = (config.signing_key, config.previous_signing_key)
        self._signers = [Webhook(key) for key in keys if key]
        self._headers = {"Content-Type": "application/json"}
        if config.authorization:
            self._headers["Authorization"] = config.authorization

    async def send(self, message: Message) -> Receipt:
        body = _body(message)
        reply = await self.services.http.post(
            self.config.endpoint,
            data=body.encode(),
            headers=self._signed(message.id, body) if self._signers else self._headers,
        )
        if reply.ok:
            return Receipt(detail=f"HTTP {reply.status}")
        raise self._refusal(reply, message.payload)

    def _signed(self, message_id: str, body: str) -> Mapping[str, str]:
        """The same id over all attempts, a fresh time, one signature for each key."""
        now = datetime.fromtimestamp(self.services.clock.now() // 1000, UTC)
        return {
            **self._headers,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(message_id, now, body) for signer in self._signers
            ),
        }

    def _refusal(self, reply: HttpReply, payload: Mapping[str, Any]) -> DeliveryFailed:
        """The wire's error: the answer's own text is the message."""
        if 300 <= reply.status < 400:
            said = f"The endpoint redirects (HTTP {reply.status}), which is not followed."
        else:
            said = scrub(reply.text, secrets=self._secrets, payload=payload)
        default = Disposition.TRANSIENT if reply.status >= 500 else Disposition.PERMANENT
        summary = f"The endpoint answered HTTP {reply.status}."
        return DeliveryFailed(
            summary,
            data={"message": said or summary},
            disposition=_DISPOSITIONS.get(reply.status, default),
            retry_after=reply.retry_after(self.services.clock.now()),
        )


def _body(message: Message) -> str:
    """The request as compact JSON. Raises ``DeliveryFailed`` for what JSON cannot express."""
    body: dict[str, Any] = {
        "to": str(message.to),
        "type": message.type,
        "payload": dict(message.payload),
    }
    if message.ip:
        body["ip"] = message.ip
    try:
        text = _write_json(body)
    except (TypeError, ValueError, RecursionError):
        raise DeliveryFailed("The payload cannot be written as JSON.") from None
    return text if text.isascii() else _without_surrogates(text)


def _without_surrogates(text: str) -> str:
    """A half of a surrogate pair has no UTF-8: two halves become their character, one U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
