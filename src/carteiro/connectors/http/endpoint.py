"""Handing messages to an HTTP endpoint of the tenant's own: what the mail and the SMS one share.

The endpoint gets the reason and the variables, no words; any 2xx means that it took the message
over. Requests can be signed by Standard Webhooks 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from standardwebhooks import Webhook

from carteiro.connectors import form
from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpApiConnector,
    HttpRequest,
    json_body,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.metadata import Capabilities, TemplateSupport
from carteiro.model.message import Message

_KEY_PREFIX = "whsec_"
_KEY_BYTES = 24


def _signing_key(value: str) -> str:
    encoded = value.removeprefix(_KEY_PREFIX).rstrip("=")
    padding = "=" * (-len(encoded) % 4)
    try:
        long_enough = len(base64.b64decode(encoded + padding, validate=True)) >= _KEY_BYTES
    except (binascii.Error, ValueError):
        long_enough = False
    if not long_enough or not value.startswith(_KEY_PREFIX):
        raise PydanticCustomError("custom", "Expected whsec_ and at least 24 bytes in base64.")
    return value


SigningKey = Annotated[str, AfterValidator(_signing_key)]


class HttpEndpointConfig(ConnectorConfig):
    """Where to, and how the endpoint knows that it is us."""

    endpoint: str = form.text(
        "endpoint", "Endpoint", "The address that gets a POST for every message.",
        placeholder="<https://example.com/your-http-endpoint>",
    )  # fmt: skip
    authorization: form.HeaderText | None = form.text(
        "authorization", "Authorization header", "Sent with every request, as it is.",
        required=False, secret=True, placeholder="<Bearer your-token>",
    )  # fmt: skip
    signing_key: SigningKey | None = form.text(
        "signingKey", "Signing key", "Signs every request by Standard Webhooks.",
        required=False, secret=True, placeholder="<whsec_…>",
    )  # fmt: skip
    previous_signing_key: SigningKey | None = form.text(
        "previousSigningKey", "Previous signing key",
        "Signs beside the new key while you switch the endpoint.",
        required=False, secret=True, placeholder="<whsec_…>",
    )  # fmt: skip


class HttpEndpointConnector(HttpApiConnector):
    """POST ``{to, type, payload, ip?}``."""

    capabilities = Capabilities(templates=TemplateSupport.PROVIDER, idempotency_key=True)
    config_model = HttpEndpointConfig

    def __init__(self, config: HttpEndpointConfig, services: Services) -> None:
        super().__init__(config, services)
        keys = (config.signing_key, config.previous_signing_key)
        self._signers = [Webhook(key) for key in keys if key]
        self._headers = dict(JSON_HEADERS)
        if config.authorization:
            self._headers["Authorization"] = config.authorization

    def request(self, message: Message) -> HttpRequest:
        members: dict[str, Any] = {
            "to": str(message.to),
            "type": message.type,
            "payload": dict(message.payload),
        }
        if message.ip:
            members["ip"] = message.ip
        body = json_body(members)
        headers = self._signed(message.id, body) if self._signers else self._headers
        return HttpRequest(url=self.config.endpoint, headers=headers, body=body)

    def _signed(self, message_id: str, body: bytes) -> Mapping[str, str]:
        """The same id over all attempts, a fresh time, one signature for each key."""
        now = datetime.fromtimestamp(self.services.clock.now() // 1000, UTC)
        return {
            **self._headers,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(message_id, now, body.decode()) for signer in self._signers
            ),
        }

    def fault(self, reply: HttpReply, said: str) -> Fault:
        """The wire's error: the answer's own text is the message."""
        if 300 <= reply.status < 400:
            said = f"The endpoint redirects (HTTP {reply.status}), which is not followed."
        return Fault(
            data={"message": said or f"The endpoint answered HTTP {reply.status}."}, text=said
        )
