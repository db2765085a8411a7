"""Amazon SES through SNS, signed with RSA by a certificate of Amazon's.

Signature: RSASSA-PKCS1-v1_5 with SHA-1 (version 1) or SHA-256 (version 2) over named members, one
"name, newline, value, newline" each (Amazon SNS Developer Guide, "Verifying the signatures of
Amazon SNS messages"). Certificates and confirmations are only ever fetched from hosts of SNS.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate
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
    require_fresh,
    section,
    text,
)
from carteiro.connectors.http.client import HttpClient, HttpReply
from carteiro.errors import CarteiroError, FeedbackRejected, FeedbackUnavailable
from carteiro.model.wire import Wire

_log = structlog.get_logger("carteiro.feedback")
# A region ends in a number behind words. ``sns.s3.amazonaws.com`` would be anybody's bucket.
_HOST = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_ACTION = ("Action", "ConfirmSubscription")
_CERTIFICATES_AT_MOST = 32
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
_HASHES = {"1": SHA1, "2": SHA256}
_TYPES = {
    "Send": EventType.ACCEPTED,
    "Delivery": EventType.DELIVERED,
    "DeliveryDelay": EventType.DEFERRED,
    "Bounce": EventType.BOUNCED,
    "Reject": EventType.REJECTED,
    "Rendering Failure": EventType.REJECTED,
    "Complaint": EventType.COMPLAINED,
    "Subscription": EventType.UNSUBSCRIBED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}
_DETAILS = {
    EventType.DELIVERED: ("delivery", "recipients"),
    EventType.DEFERRED: ("deliveryDelay", "delayedRecipients"),
    EventType.BOUNCED: ("bounce", "bouncedRecipients"),
    EventType.COMPLAINED: ("complaint", "complainedRecipients"),
}


_SUBTYPES = {"NoEmail": True, "General": None, "Undetermined": None, "": None}
"""What a permanent bounce's subtype says of the mailbox; any other one is about something else:
Amazon's own lists (`Suppressed`, `OnAccountSuppressionList`), or the content."""
_TOPIC = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$"


class SesFeedback(Wire):
    """`topicArn`: the SNS topic that the configuration set or the identity publishes to."""

    topic_arn: Annotated[str, Field(pattern=_TOPIC)]


class SesReceiver(Receiver):
    """Reads notifications, and confirms the topic's subscription."""

    settings_model = SesFeedback

    def __init__(self) -> None:
        self._keys: dict[str, RSAPublicKey] = {}

    async def read(
        self, settings: SesFeedback, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        body = parse_object(incoming.body)
        if body.get("TopicArn") != settings.topic_arn:
            raise FeedbackRejected("The event is of another topic.")
        await self._verify(body, http)
        require_fresh(moment(body.get("Timestamp"), incoming.now), incoming.now)
        if body.get("Type") == "Notification":
            return _events(body, incoming.now)
        if body.get("Type") == "SubscriptionConfirmation":
            await _confirm(body, http)
        return []

    async def _verify(self, body: dict[str, Any], http: HttpClient) -> None:
        names = _NOTIFICATION if body.get("Type") == "Notification" else _CONFIRMATION
        parts = [f"{name}\n{body[name]}\n" for name in names if body.get(name) is not None]
        algorithm = _HASHES.get(str(body.get("SignatureVersion")))
        if algorithm is None:
            raise FeedbackRejected
        key = await self._key(str(body.get("SigningCertURL")), http)
        try:
            signature = base64.b64decode(str(body.get("Signature")), validate=True)
            key.verify(signature, "".join(parts).encode(), PKCS1v15(), algorithm())
        except (InvalidSignature, ValueError, binascii.Error):
            raise FeedbackRejected from None

    async def _key(self, url: str, http: HttpClient) -> RSAPublicKey:
        """The certificate's key, fetched once.

        Raises ``FeedbackRejected`` for a foreign host or file, ``FeedbackUnavailable``.
        """
        if url in self._keys:
            return self._keys[url]
        parts = urlsplit(url) if _is_amazons(url) else None
        if parts is None or not _CERTIFICATE.fullmatch(parts.path) or parts.query:
            raise FeedbackRejected("The certificate is not Amazon's.")
        reply = await _fetch(url, http)
        try:
            key = load_pem_x509_certificate(reply.body).public_key()
        except ValueError:
            key = None
        if not isinstance(key, RSAPublicKey):
            raise FeedbackRejected("The certificate cannot be read.")
        if len(self._keys) >= _CERTIFICATES_AT_MOST:
            self._keys.clear()
        self._keys[url] = key
        return key


def _is_amazons(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = parts.netloc == parts.hostname and url.isascii() and url.isprintable()
    return parts.scheme == "https" and plain and bool(_HOST.fullmatch(parts.hostname or ""))


async def _fetch(url: str, http: HttpClient) -> HttpReply:
    """Ask Amazon. SNS repeats an event after 5xx alone, so this is no refusal of it."""
    try:
        reply = await http.get(url, timeout=5.0)
    except CarteiroError as error:
        raise FeedbackUnavailable from error
    if reply.status >= 500:
        raise FeedbackUnavailable
    return reply


async def _confirm(body: dict[str, Any], http: HttpClient) -> None:
    """Confirm the subscription; its URL is signed, and still must be Amazon's."""
    url = str(body.get("SubscribeURL"))
    if not _is_amazons(url) or _ACTION not in parse_qsl(urlsplit(url).query):
        raise FeedbackRejected("The confirmation is not Amazon's.")
    reply = await _fetch(url, http)
    _log.info("the subscription of a topic was confirmed", status=reply.status)


def _reason(bounce: dict[str, Any], recipient: Any) -> str:
    """By recipient: what each one's server said stands beside it."""
    permanent = bounce.get("bounceType") == "Permanent"
    known = permanent and _SUBTYPES.get(text(bounce.get("bounceSubType")) or "", False)
    told = section({"recipient": recipient}, "recipient")
    return bounce_reason(told.get("status"), told.get("diagnosticCode"), no_such_mailbox=known)


def _events(body: dict[str, Any], now: int) -> list[FeedbackEvent]:
    """One event for each recipient that the notification names."""
    try:
        told = json.loads(str(body.get("Message")))
    except (ValueError, RecursionError):
        told = {}
    told = told if isinstance(told, dict) else {}
    name = text(told.get("eventType")) or text(told.get("notificationType")) or ""
    kind = _TYPES.get(name, EventType.UNKNOWN)
    part, listed = _DETAILS.get(kind, ("", ""))
    details, mail = section(told, part), section(told, "mail")
    named = details.get(listed) if listed else mail.get("destination")
    recipients = named if isinstance(named, list) and named else [None]
    words = (details.get("bounceType"), details.get("bounceSubType"), details.get("delayType"))
    identity = text(body.get("MessageId"))
    events = []
    for place, recipient in enumerate(recipients):
        address = recipient.get("emailAddress") if isinstance(recipient, dict) else recipient
        diagnosis = recipient.get("diagnosticCode") if isinstance(recipient, dict) else None
        shown = [name, *(part for part in map(text, (*words, diagnosis)) if part)]
        events.append(
            FeedbackEvent(
                id=event_id(f"{identity}.{place}"),
                type=kind,
                reason=_reason(details, recipient) if kind is EventType.BOUNCED else None,
                occurred_at=moment(details.get("timestamp") or mail.get("timestamp"), now),
                recipient=text(address),
                provider_id=text(mail.get("messageId")),
                detail=" ".join(shown),
            )
        )
    return events
