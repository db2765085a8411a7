"""Postmark's webhooks, which have no signature: they carry the user and password of their URL.

Postmark documentation, "Webhooks overview" (Securing your webhooks) and "Bounce webhook".
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from carteiro.connectors.feedback.bounces import bounce_reason
from carteiro.connectors.feedback.contract import (
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
from carteiro.errors import FeedbackRejected
from carteiro.model.wire import Wire

_TYPES = {
    "Delivery": EventType.DELIVERED,
    "Bounce": EventType.BOUNCED,
    "SpamComplaint": EventType.COMPLAINED,
    "SubscriptionChange": EventType.UNSUBSCRIBED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}
_TIMES = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")
_NO_SUCH_MAILBOX = {"HardBounce", "BadEmailAddress"}
"""Postmark: unknown user or mailbox not found; an address that is none."""
_COMPLAINTS = {"SpamComplaint", "SpamNotification"}
_DEFERRED = {"Transient", "DnsError"}


class PostmarkFeedback(Wire):
    """`username` and `password` as they stand in the webhook's URL at Postmark."""

    username: Annotated[str, Field(min_length=1, pattern=r"^[^:]+$")]
    password: Annotated[str, Field(min_length=12)] = Field(repr=False)


class PostmarkReceiver(Receiver):
    """Reads one event."""

    settings_model = PostmarkFeedback

    async def read(
        self, settings: PostmarkFeedback, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        _verify(settings, incoming.headers.get("authorization", ""))
        return [_event(parse_object(incoming.body), incoming.now)]


def _verify(settings: PostmarkFeedback, authorization: str) -> None:
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (ValueError, binascii.Error):
        raise FeedbackRejected from None
    expected = f"{settings.username}:{settings.password}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, expected):
        raise FeedbackRejected


def _event(body: dict[str, Any], now: int) -> FeedbackEvent:
    name, bounce = text(body.get("RecordType")) or "", text(body.get("Type")) or ""
    kind, reason = _TYPES.get(name, EventType.UNKNOWN), None
    if kind is EventType.BOUNCED:
        if bounce in _COMPLAINTS:
            kind = EventType.COMPLAINED
        elif bounce in _DEFERRED:
            kind = EventType.DEFERRED
        else:
            reason = bounce_reason(body.get("Details"), no_such_mailbox=bounce in _NO_SUCH_MAILBOX)
    if kind is EventType.UNSUBSCRIBED and body.get("SuppressSending") is False:
        kind = EventType.UNKNOWN
    at = next((body[field] for field in _TIMES if isinstance(body.get(field), str)), None)
    recipient = text(body.get("Recipient")) or text(body.get("Email"))
    message = text(body.get("MessageID"))
    told = (bounce, body.get("Description"), body.get("Details"))
    return FeedbackEvent(
        id=event_id(name, message, recipient, body.get("ID"), at),
        type=kind,
        reason=reason,
        occurred_at=moment(at, now),
        recipient=recipient,
        provider_id=message,
        detail=" ".join([name, *(part for part in map(text, told) if part)]),
    )
