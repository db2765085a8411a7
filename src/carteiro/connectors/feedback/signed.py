"""Events of whatever stands behind an HTTP connector, signed by Standard Webhooks.

The body is ``{"events": [{"id", "type", "messageId", "recipient", "occurredAt", "reason",
"detail"}]}``: ``type`` is a word of the vocabulary, ``messageId`` the ``webhook-id`` under which
Carteiro handed the message over. A bounce without a ``reason`` is judged by its ``detail``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from standardwebhooks import Webhook, WebhookVerificationError

from carteiro.connectors.feedback.bounces import bounce_reason
from carteiro.connectors.feedback.contract import (
    HARD,
    SOFT,
    EventType,
    FeedbackEvent,
    Incoming,
    Receiver,
    event_id,
    moment,
    parse_object,
    text,
)
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import FeedbackMalformed, FeedbackRejected
from carteiro.model.wire import Wire

_PREFIX = "whsec_"
_SHORTEST = 24
_REASONS = {HARD, SOFT}


def _checked(value: str) -> str:
    try:
        secret = base64.b64decode(value.removeprefix(_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        secret = b""
    if not value.startswith(_PREFIX) or len(secret) < _SHORTEST:
        raise ValueError(f"expected {_PREFIX} and the base64 of at least {_SHORTEST} bytes")
    return value


class SignedFeedback(Wire):
    """`secret`: `whsec_` and the base64 of at least 24 random bytes."""

    secret: Annotated[str, AfterValidator(_checked)] = Field(repr=False)


class SignedReceiver(Receiver):
    """Reads lists of events."""

    settings_model = SignedFeedback

    async def read(
        self, settings: SignedFeedback, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        try:
            Webhook(settings.secret).verify(incoming.body, dict(incoming.headers))
        except WebhookVerificationError:
            raise FeedbackRejected from None
        except (ValueError, RecursionError):
            raise FeedbackMalformed("The event is not JSON.") from None
        entries = parse_object(incoming.body).get("events")
        if not isinstance(entries, list):
            raise FeedbackMalformed("The member `events` is not a list.")
        return [_event(entry, incoming.now) for entry in entries if isinstance(entry, dict)]


def _event(entry: dict[str, Any], now: int) -> FeedbackEvent:
    name, reason = text(entry.get("type")) or "", text(entry.get("reason"))
    kind = EventType(name) if name in set(EventType) else EventType.UNKNOWN
    if reason not in _REASONS:
        bounced = kind is EventType.BOUNCED
        reason = bounce_reason(entry.get("detail")) if bounced else None
    known = text(entry.get("id"))
    words = [name if kind is EventType.UNKNOWN else None, text(entry.get("detail"))]
    return FeedbackEvent(
        id=event_id(known) if known else event_id(entry),
        type=kind,
        reason=reason,
        occurred_at=moment(entry.get("occurredAt"), now),
        recipient=text(entry.get("recipient")),
        message_id=text(entry.get("messageId")),
        detail=" ".join(word for word in words if word),
    )
