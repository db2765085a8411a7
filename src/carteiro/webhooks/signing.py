"""How a receiver knows that a webhook is ours: the reference's header and Standard Webhooks'."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from standardwebhooks import Webhook

USER_AGENT = f"Carteiro/{version('carteiro')}"
_SIGNATURE = "logto-signature-sha-256"


def standard_secret(signing_key: str) -> str:
    """The signing key as the Standard Webhooks libraries take it: ``whsec_`` and base64."""
    return "whsec_" + base64.b64encode(signing_key.encode()).decode()


def signed_headers(
    *, body: str, signing_key: str, custom: Mapping[str, str], delivery_id: str, now: int
) -> dict[str, str]:
    """The headers of one attempt. ``delivery_id`` is the same over all of them; ``now`` is in ms.

    A custom header may replace the content type and the user agent, never a signature.
    """
    moment = datetime.fromtimestamp(now // 1000, UTC)
    headers = {"content-type": "application/json", "user-agent": USER_AGENT}
    headers |= {name.lower(): value for name, value in custom.items()}
    headers |= {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(moment.timestamp())),
    }
    if signing_key:
        headers[_SIGNATURE] = hmac.new(
            signing_key.encode(), body.encode(), hashlib.sha256
        ).hexdigest()
        signer = Webhook(standard_secret(signing_key))
        headers["webhook-signature"] = signer.sign(delivery_id, moment, body)
    return headers
