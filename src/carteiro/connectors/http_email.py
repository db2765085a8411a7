"""HTTP Email: hands every message to an endpoint of the tenant's own.

The endpoint gets the reason and the variables, no words; any 2xx means that it took the message
over. Requests can be signed by Standard Webhooks 1.0.0.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated

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

_TIMEOUT = 10.0
_KEY = re.compile(r"whsec_[A-Za-z0-9+/]{32,}={0,2}")
_DISPOSITIONS = {
    408: Disposition.TRANSIENT,
    425: Disposition.TRANSIENT,
    429: Disposition.THROTTLED,
    502: Disposition.TRANSIENT,
    503: Disposition.TRANSIENT,
    504: Disposition.TRANSIENT,
}


def _header_value(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("custom", "A header value holds no control characters")
    return value


def _signing_key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise PydanticCustomError("custom", "Expected whsec_ and at least 24 bytes in base64")
    return value


SigningKey = Annotated[str, AfterValidator(_signing_key)]


class HttpEmailConfig(ConnectorConfig):
    """Where to, and how the endpoint knows that it is us."""

    endpoint: str = Field(description="The address that gets a POST for every message.")
    authorization: Annotated[str, AfterValidator(_header_value)] | None = Field(
        None, description="Sent as the Authorization header, as it is."
    )
    signing_key: SigningKey | None = Field(
        None, alias="signingKey", description="Signs every request by Standard Webhooks."
    )
    previous_signing_key: SigningKey | None = Field(
        None,
        alias="previousSigningKey",
        description="Signs beside the new key while the endpoint is being switched.",
    )


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
            "# HTTP Email\n\nCarteiro sends a POST with `to`, `type`, `payload` and `ip` to your "
            "endpoint for every message. Answer with any 2xx once you have taken it over."
        ),
        form_items=[
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
                tooltip="Signs beside the new key while you switch.",
                is_confidential=True,
            ),
        ],
    )
    capabilities = Capabilities(templates=TemplateSupport.PROVIDER, idempotency_key=True)
    config_model = HttpEmailConfig

    def __init__(self, config: HttpEmailConfig, services: Services) -> None:
        super().__init__(config, services)
        self._headers = {"Content-Type": "application/json"}
        if config.authorization is not None:
            self._headers["Authorization"] = config.authorization
        keys = (config.signing_key, config.previous_signing_key)
        self._signers = [Webhook(key) for key in keys if key is not None]

    async def send(self, message: Message) -> Receipt:
        body = {"to": str(message.to), "type": message.type, "payload": message.payload}
        if message.ip:
            body["ip"] = message.ip
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
        reply = await self.services.http.post(
            self.config.endpoint,
            data=text.encode("utf-8", "replace"),
            headers=self._signed(message.id, text) if self._signers else self._headers,
            timeout=_TIMEOUT,
        )
        if reply.ok:
            return Receipt(detail=f"HTTP {reply.status}")
        raise self._refusal(reply, message)

    def _signed(self, id: str, text: str) -> dict[str, str]:  # noqa: A002 - the message's id
        """The same id over all attempts, a fresh time, one signature for each key."""
        now = datetime.fromtimestamp(self.services.clock.now() / 1000, UTC)
        signatures = " ".join(signer.sign(id, now, text) for signer in self._signers)
        return {
            **self._headers,
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures,
        }

    def _refusal(self, reply: HttpReply, message: Message) -> DeliveryFailed:
        secrets = [self.config.authorization, self.config.signing_key]
        if 300 <= reply.status < 400:
            text = f"The endpoint answered with a redirect ({reply.status}), which is not followed."
        else:
            text = scrub(reply.text, secrets=secrets, payload=message.payload)
        default = Disposition.TRANSIENT if reply.status >= 500 else Disposition.PERMANENT
        return DeliveryFailed(
            f"The endpoint answered {reply.status}.",
            data={"message": text, "statusCode": reply.status},
            disposition=_DISPOSITIONS.get(reply.status, default),
            retry_after=reply.retry_after(self.services.clock.now()),
        )
