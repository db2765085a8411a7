"""SendGrid's Event Webhook, signed with ECDSA over P-256.

Signature: base64 of a DER signature of SHA-256 over the timestamp header and the raw body
(Twilio SendGrid, "Getting Started with the Event Webhook Security Features").
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import AfterValidator

from carteiro.connectors.feedback.bounces import bounce_reason
from carteiro.connectors.feedback.contract import (
    EventType,
    FeedbackEvent,
    Incoming,
    Receiver,
    event_id,
    moment,
    parse_json,
    require_fresh,
    text,
)
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import FeedbackMalformed, FeedbackRejected
from carteiro.model.wire import Wire

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_TYPES = {
    "processed": EventType.ACCEPTED,
    "delivered": EventType.DELIVERED,
    "deferred": EventType.DEFERRED,
    "bounce": EventType.BOUNCED,
    "dropped": EventType.REJECTED,
    "spamreport": EventType.COMPLAINED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "group_unsubscribe": EventType.UNSUBSCRIBED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
}


_CLASSES = {
    "Invalid Address": True,
    "Unclassified": None,
    "": None,
}
"""What a bounce's classification says of the mailbox; any other one is about something else."""


def _key(value: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("expected the verification key that SendGrid shows")
    return key


def _checked(value: str) -> str:
    _key(value)
    return value


class SendGridFeedback(Wire):
    """`verificationKey`: the one that SendGrid shows when signing is switched on."""

    verification_key: Annotated[str, AfterValidator(_checked)]


class SendGridReceiver(Receiver):
    """Reads lists of events."""

    settings_model = SendGridFeedback

    async def read(
        self, settings: SendGridFeedback, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        self._verify(settings, incoming)
        entries = parse_json(incoming.body)
        if not isinstance(entries, list):
            raise FeedbackMalformed("SendGrid sends a list of events.")
        return [_event(entry, incoming.now) for entry in entries if isinstance(entry, dict)]

    def _verify(self, settings: SendGridFeedback, incoming: Incoming) -> None:
        stamp = incoming.headers.get(_TIMESTAMP, "")
        try:
            signature = base64.b64decode(incoming.headers.get(_SIGNATURE, ""), validate=True)
            signed = stamp.encode() + incoming.body
            _key(settings.verification_key).verify(signature, signed, ECDSA(SHA256()))
            signed_at = int(stamp) * 1000
        except (InvalidSignature, ValueError, binascii.Error):
            raise FeedbackRejected from None
        require_fresh(signed_at, incoming.now)


def _event(entry: dict[str, Any], now: int) -> FeedbackEvent:
    name = text(entry.get("event")) or ""
    kind = _TYPES.get(name, EventType.UNKNOWN)
    reason = None
    if kind is EventType.BOUNCED:
        known_class = _CLASSES.get(text(entry.get("bounce_classification")) or "", False)
        reason = bounce_reason(
            entry.get("status"),
            entry.get("reason"),
            entry.get("response"),
            no_such_mailbox=False if entry.get("type") == "blocked" else known_class,
        )
    message = text(entry.get("sg_message_id"))
    known = text(entry.get("sg_event_id"))
    told = (entry.get("reason"), entry.get("response"), entry.get("status"))
    return FeedbackEvent(
        id=event_id(known) if known else event_id(entry),
        type=kind,
        reason=reason,
        occurred_at=moment(entry.get("timestamp"), now),
        recipient=text(entry.get("email")),
        # "<id of the API's answer>.<which filter it passed>"
        provider_id=message.split(".")[0] if message else None,
        detail=" ".join([name, *(part for part in map(text, told) if part)]),
    )
