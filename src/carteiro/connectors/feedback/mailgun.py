"""Mailgun's webhooks, signed with HMAC-SHA256.

Signature: hex of the HMAC over timestamp and token with the account's HTTP webhook signing key
(Mailgun documentation, "Securing Webhooks"). It does not cover the event, so a token counts for the
event that it came with and for no other one.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from carteiro.connectors.feedback.bounces import bounce_reason
from carteiro.connectors.feedback.contract import (
    EventType,
    FeedbackEvent,
    Incoming,
    Proof,
    Receiver,
    canonical,
    event_id,
    moment,
    parse_object,
    require_fresh,
    section,
    text,
)
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import FeedbackRejected
from carteiro.model.wire import Wire

_TYPES = {
    "accepted": EventType.ACCEPTED,
    "delivered": EventType.DELIVERED,
    "failed": EventType.BOUNCED,
    "rejected": EventType.REJECTED,
    "complained": EventType.COMPLAINED,
    "unsubscribed": EventType.UNSUBSCRIBED,
    "opened": EventType.OPENED,
    "clicked": EventType.CLICKED,
}


_REASONS = {
    "espblock": False,
    "generic": None,
    "bounce": None,
    "hardfail": None,
    "old": False,
    "greylisted": False,
    "suppress-bounce": False,
    "suppress-complaint": False,
    "suppress-unsubscribe": False,
}
"""What Mailgun's reasons say of the mailbox; it has lists of its own (`suppress-*`), whose entries
say what was the case once. One that is not here is as "old": it gave up on what only deferred."""


class MailgunFeedback(Wire):
    """`signingKey`: the HTTP webhook signing key of the account."""

    signing_key: Annotated[str, Field(min_length=1)] = Field(repr=False)


class MailgunReceiver(Receiver):
    """Reads one event."""

    settings_model = MailgunFeedback

    async def read(
        self, settings: MailgunFeedback, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        body = parse_object(incoming.body)
        _verify(settings, section(body, "signature"), incoming.now)
        return [_event(section(body, "event-data"), incoming.now)]

    def proof(self, incoming: Incoming) -> Proof:
        """The signature: it is over a token and the time, and says nothing of the event."""
        body = parse_object(incoming.body)
        signature = text(section(body, "signature").get("signature")) or ""
        return Proof(value=signature, content=canonical(section(body, "event-data")))


def _verify(settings: MailgunFeedback, signature: dict[str, Any], now: int) -> None:
    stamp, token, given = (
        text(signature.get(name)) or "" for name in ("timestamp", "token", "signature")
    )
    signed = hmac.digest(settings.signing_key.encode(), (stamp + token).encode(), "sha256").hex()
    if not hmac.compare_digest(signed.encode(), given.encode()):
        raise FeedbackRejected
    try:
        signed_at = int(stamp) * 1000
    except ValueError:
        raise FeedbackRejected from None
    require_fresh(signed_at, now)


def _event(data: dict[str, Any], now: int) -> FeedbackEvent:
    name = text(data.get("event")) or ""
    kind, reason = _TYPES.get(name, EventType.UNKNOWN), None
    status = section(data, "delivery-status")
    if kind is EventType.BOUNCED:
        if data.get("severity") == "temporary":
            kind = EventType.DEFERRED
        else:
            reason = bounce_reason(
                status.get("enhanced-code"),
                status.get("message"),
                status.get("description"),
                no_such_mailbox=_REASONS.get(text(data.get("reason")) or "", False),
            )
    message = text(section(data, "message", "headers").get("message-id"))
    known = text(data.get("id"))
    told = (data.get("severity"), data.get("reason"), status.get("code"))
    words = (status.get("message"), status.get("description"))
    return FeedbackEvent(
        id=event_id(known) if known else event_id(data),
        type=kind,
        reason=reason,
        occurred_at=moment(data.get("timestamp"), now),
        recipient=text(data.get("recipient")),
        provider_id=f"<{message.strip('<>')}>" if message else None,
        detail=" ".join([name, *(part for part in map(text, (*told, *words)) if part)]),
    )
