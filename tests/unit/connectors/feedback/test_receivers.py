"""Providers' events: signatures against what we did not write, words against the vocabulary."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from standardwebhooks import Webhook

from carteiro.connectors.feedback.contract import FRESH, FeedbackEvent, Incoming
from carteiro.connectors.feedback.mailgun import MailgunReceiver
from carteiro.connectors.feedback.postmark import PostmarkReceiver
from carteiro.connectors.feedback.receivers import RECEIVERS, receiver_of
from carteiro.connectors.feedback.sendgrid import SendGridReceiver
from carteiro.connectors.feedback.ses import SesReceiver
from carteiro.connectors.feedback.signed import SignedReceiver
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.registry import Registry
from carteiro.errors import (
    DeliveryFailed,
    FeedbackMalformed,
    FeedbackRejected,
    FeedbackUnavailable,
)

# The vector that Twilio SendGrid publishes with its SDKs.
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
    "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtE"
    "ZtM="
)
STAMP = "1600112502"
BODY = (
    '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    '"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    '"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    '"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",'
    '"timestamp":1600112492}]\r\n'
)
NOW = int(STAMP) * 1000 + 5_000


class Web:
    """The internet as far as a receiver asks for it."""

    def __init__(self, **pages: bytes) -> None:
        self.pages, self.asked = pages, []  # type: ignore[var-annotated]

    async def get(self, url: str, *, timeout: float | None = None) -> HttpReply:
        self.asked.append(url)
        body = next((page for name, page in self.pages.items() if name in url), b"")
        return HttpReply(status=200, headers={}, body=body)


async def read(
    receiver: Any,
    settings: dict[str, Any],
    body: bytes,
    headers: dict[str, str] | None = None,
    *,
    now: int = NOW,
    web: Any = None,
) -> list[FeedbackEvent]:
    model = receiver.settings_model.model_validate(settings)
    incoming = Incoming(headers=headers or {}, body=body, now=now)
    return list(await receiver.read(model, incoming, web or Web()))


def described(event: FeedbackEvent) -> tuple[Any, ...]:
    return event.type.value, event.reason, event.recipient, event.provider_id


# SendGrid -------------------------------------------------------------------------------------


def signed(stamp: str = STAMP, signature: str = SIGNATURE) -> dict[str, str]:
    return {
        "x-twilio-email-event-webhook-signature": signature,
        "x-twilio-email-event-webhook-timestamp": stamp,
    }


async def test_sendgrids_published_vector_passes_here_and_in_its_sdk() -> None:
    witness = EventWebhook(KEY)
    assert witness.verify_signature(BODY, SIGNATURE, STAMP)

    (event,) = await read(SendGridReceiver(), {"verificationKey": KEY}, BODY.encode(), signed())

    assert described(event) == ("rejected", None, "hello@world.com", "LRzXl_NHStOGhQ4kofSm_A")
    assert event.id == "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA"
    assert event.occurred_at == 1_600_112_492_000
    assert "Bounced Address" in event.detail


@pytest.mark.parametrize(
    ("body", "headers", "now"),
    [
        (BODY.replace("dropped", "delivered"), signed(), NOW),
        (BODY, signed(stamp="1600112503"), NOW),
        (BODY, signed(signature="AAAA"), NOW),
        (BODY, signed(signature="not base64!"), NOW),
        (BODY, signed(stamp="soon"), NOW),
        (BODY, {}, NOW),
        (BODY, signed(), NOW + FRESH + 1_000_000),
        (BODY, signed(), NOW - FRESH - 1_000_000),
    ],
    ids=["body", "stamp", "signature", "noise", "no time", "unsigned", "replayed", "ahead"],
)
async def test_what_sendgrid_did_not_sign_is_refused(
    body: str, headers: dict[str, str], now: int
) -> None:
    with pytest.raises(FeedbackRejected):
        await read(SendGridReceiver(), {"verificationKey": KEY}, body.encode(), headers, now=now)


# Mailgun --------------------------------------------------------------------------------------


def mailgun(data: Any, key: str = "key-1", stamp: int = NOW // 1000) -> bytes:
    token = "a" * 50
    # As Mailgun's documentation computes it in its own samples.
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    signature = {"timestamp": str(stamp), "token": token, "signature": digest}
    return json.dumps({"signature": signature, "event-data": data}).encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"event": "delivered"}, ("delivered", None)),
        ({"event": "accepted"}, ("accepted", None)),
        (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
            },
            ("bounced", "hard"),
        ),
        ({"event": "failed", "severity": "permanent", "reason": "old"}, ("bounced", "soft")),
        ({"event": "failed", "severity": "temporary"}, ("deferred", None)),
        ({"event": "rejected"}, ("rejected", None)),
        ({"event": "complained"}, ("complained", None)),
        ({"event": "opened"}, ("opened", None)),
        ({"event": "clicked"}, ("clicked", None)),
        ({"event": "unsubscribed"}, ("unsubscribed", None)),
        ({"event": "list_member_uploaded"}, ("unknown", None)),
        ({}, ("unknown", None)),
    ],
)
async def test_mailguns_words(data: dict[str, Any], expected: tuple[str, str | None]) -> None:
    data = {
        "id": "CPgfbmQMTCKtHW6uIWtuVe",
        "timestamp": 1_600_112_000.25,
        "recipient": "alice@example.com",
        "message": {"headers": {"message-id": "20130503182626.18666.16540@example.org"}},
        **data,
    }
    (event,) = await read(MailgunReceiver(), {"signingKey": "key-1"}, mailgun(data))
    provider_id = "<20130503182626.18666.16540@example.org>"
    assert described(event) == (*expected, "alice@example.com", provider_id)
    assert event.occurred_at == 1_600_112_000_250


async def test_what_mailgun_did_not_sign_is_refused() -> None:
    for body in (
        mailgun({}, key="another"),
        mailgun({}, stamp=NOW // 1000 - FRESH // 1000 - 10),
        b'{"signature": {}, "event-data": {}}',
        b'{"signature": {"timestamp": "1", "token": [], "signature": null}}',
    ):
        with pytest.raises(FeedbackRejected):
            await read(MailgunReceiver(), {"signingKey": "key-1"}, body)


# Postmark -------------------------------------------------------------------------------------

POSTMARK = {"username": "carteiro", "password": "a long password"}


def basic(text: str = "carteiro:a long password") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"RecordType": "Delivery", "Recipient": "j@x.org"}, ("delivered", None)),
        ({"RecordType": "Bounce", "Type": "HardBounce"}, ("bounced", "hard")),
        ({"RecordType": "Bounce", "Type": "BadEmailAddress"}, ("bounced", "hard")),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, ("bounced", "soft")),
        ({"RecordType": "Bounce", "Type": "Blocked"}, ("bounced", "soft")),
        ({"RecordType": "Bounce", "Type": "Transient"}, ("deferred", None)),
        ({"RecordType": "Bounce", "Type": "SpamNotification"}, ("complained", None)),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("complained", None)),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, ("unsubscribed", None)),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False}, ("unknown", None)),
        ({"RecordType": "Open"}, ("opened", None)),
        ({"RecordType": "Click"}, ("clicked", None)),
        ({"RecordType": "SomethingNew"}, ("unknown", None)),
    ],
)
async def test_postmarks_words(body: dict[str, Any], expected: tuple[str, str | None]) -> None:
    full = {
        "Email": "j@x.org",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "BouncedAt": "2020-09-14T16:30:00.0000000Z",
        **body,
    }
    (event,) = await read(PostmarkReceiver(), POSTMARK, json.dumps(full).encode(), basic())
    assert described(event) == (*expected, "j@x.org", "883953f4-6105-42a2-a16a-77a8eac79483")
    assert event.occurred_at == 1_600_101_000_000
    (again,) = await read(PostmarkReceiver(), POSTMARK, json.dumps(full).encode(), basic())
    assert event.id == again.id


@pytest.mark.parametrize(
    "headers",
    [{}, basic("carteiro:wrong"), {"authorization": "Bearer x"}, {"authorization": "Basic !"}],
)
async def test_without_postmarks_credentials_nothing_is_read(headers: dict[str, str]) -> None:
    with pytest.raises(FeedbackRejected):
        await read(PostmarkReceiver(), POSTMARK, b"not even json", headers)


# Amazon SES through SNS -----------------------------------------------------------------------

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"


class Amazon:
    """Signs as the Amazon SNS Developer Guide says, with a certificate of its own."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + dt.timedelta(days=3650))
            .sign(self.key, hashes.SHA256())
            .public_bytes(Encoding.PEM)
        )

    def notification(self, message: Any, *, version: str = "2", **changes: str) -> bytes:
        body = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": json.dumps(message),
            "Timestamp": "2020-09-14T19:41:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
            **changes,
        }
        # The order in the guide: names sorted, each on a line, its value on the next.
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        if body["Type"] != "Notification":
            names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn"]
            names.append("Type")
        text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body)
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        return json.dumps({**body, "Signature": base64.b64encode(signature).decode()}).encode()

    @property
    def web(self) -> Web:
        return Web(SimpleNotificationService=self.certificate)


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon()


def ses(**told: Any) -> dict[str, Any]:
    mail = {
        "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": ["recipient@example.com"],
        "timestamp": "2020-09-14T19:40:00.000Z",
    }
    return {"mail": mail, **told}


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "bouncedRecipients": [
                        {"emailAddress": "recipient@example.com", "status": "5.1.1"}
                    ],
                },
            },
            ("bounced", "hard"),
        ),
        (
            {
                "notificationType": "Bounce",
                "bounce": {
                    "bounceType": "Transient",
                    "bouncedRecipients": [{"emailAddress": "recipient@example.com"}],
                },
            },
            ("bounced", "soft"),
        ),
        (
            {
                "eventType": "Complaint",
                "complaint": {"complainedRecipients": [{"emailAddress": "recipient@example.com"}]},
            },
            ("complained", None),
        ),
        (
            {"eventType": "Delivery", "delivery": {"recipients": ["recipient@example.com"]}},
            ("delivered", None),
        ),
        (
            {
                "eventType": "DeliveryDelay",
                "deliveryDelay": {"delayedRecipients": [{"emailAddress": "recipient@example.com"}]},
            },
            ("deferred", None),
        ),
        ({"eventType": "Send"}, ("accepted", None)),
        ({"eventType": "Reject"}, ("rejected", None)),
        ({"eventType": "Rendering Failure"}, ("rejected", None)),
        ({"eventType": "Open"}, ("opened", None)),
        ({"eventType": "Brand New"}, ("unknown", None)),
    ],
)
async def test_amazons_words(
    amazon: Amazon, told: dict[str, Any], expected: tuple[str, str | None], version: str
) -> None:
    body = amazon.notification(ses(**told), version=version)
    (event,) = await read(SesReceiver(), {"topicArn": TOPIC}, body, web=amazon.web)
    assert described(event) == (
        *expected,
        "recipient@example.com",
        "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
    )


async def test_the_certificate_is_fetched_once(amazon: Amazon) -> None:
    receiver, web = SesReceiver(), amazon.web
    for _ in range(3):
        body = amazon.notification(ses(eventType="Send"))
        await read(receiver, {"topicArn": TOPIC}, body, web=web)
    assert web.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://evil@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://bucket.s3.amazonaws.com/x.pem",
        # Virtual-hosted buckets of the name "sns".
        "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3-website-eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com/a/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-../x.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-1.pem",
        "https://[sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/x.txt",
        "",
    ],
)
async def test_a_foreign_certificate_is_not_even_fetched(amazon: Amazon, url: str) -> None:
    web = Web(x=amazon.certificate)
    body = amazon.notification(ses(eventType="Send"), SigningCertURL=url)
    with pytest.raises(FeedbackRejected):
        await read(SesReceiver(), {"topicArn": TOPIC}, body, web=web)
    assert web.asked == []


async def test_what_amazon_did_not_sign_is_refused(amazon: Amazon) -> None:
    good = json.loads(amazon.notification(ses(eventType="Send")))
    forgeries = [
        {**good, "Message": json.dumps(ses(eventType="Complaint"))},
        {**good, "TopicArn": TOPIC + "x"},
        {**good, "Signature": "AAAA"},
        {**good, "SignatureVersion": "3"},
        {**good, "Subject": "added"},
        {name: value for name, value in good.items() if name != "Signature"},
        json.loads(Amazon().notification(ses(eventType="Send"))),
        json.loads(amazon.notification({}, Timestamp="2020-01-01T00:00:00.000Z")),
    ]
    for forged in forgeries:
        with pytest.raises(FeedbackRejected):
            await read(
                SesReceiver(), {"topicArn": TOPIC}, json.dumps(forged).encode(), web=amazon.web
            )


async def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(amazon: Amazon) -> None:
    def confirmation(url: str) -> bytes:
        return amazon.notification(
            "", Type="SubscriptionConfirmation", SubscribeURL=url, Token="t" * 20
        )

    web = amazon.web
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    assert await read(SesReceiver(), {"topicArn": TOPIC}, confirmation(url), web=web) == []
    assert web.asked == [CERTIFICATE, url]

    for foreign in (
        "https://evil.example/?Action=ConfirmSubscription",
        "https://sns.s3.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic",
    ):
        web = amazon.web
        with pytest.raises(FeedbackRejected):
            await read(SesReceiver(), {"topicArn": TOPIC}, confirmation(foreign), web=web)
        assert web.asked == [CERTIFICATE]


@pytest.mark.parametrize("gone", [DeliveryFailed("away"), 503])
async def test_an_event_that_cannot_be_checked_now_is_asked_for_again(
    amazon: Amazon, gone: DeliveryFailed | int
) -> None:
    class Away:
        async def get(self, url: str, *, timeout: float | None = None) -> HttpReply:
            if isinstance(gone, DeliveryFailed):
                raise gone
            return HttpReply(status=gone, headers={}, body=b"")

    body = amazon.notification(ses(eventType="Send"))

    with pytest.raises(FeedbackUnavailable):
        await read(SesReceiver(), {"topicArn": TOPIC}, body, web=Away())


# The generic one ------------------------------------------------------------------------------

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def standard(body: str, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


async def test_signed_events() -> None:
    body = json.dumps(
        {
            "events": [
                {"id": "1", "type": "delivered", "messageId": "m1", "recipient": "a@x.org"},
                {"id": "2", "type": "bounced", "reason": "soft", "messageId": "m2"},
                {"id": "3", "type": "bounced", "messageId": "m3", "detail": "550 no such user"},
                {"id": "5", "type": "bounced", "messageId": "m5", "detail": "550 rejected"},
                {"id": "4", "type": "teleported", "messageId": "m4"},
                "noise",
            ]
        }
    )
    events = await read(SignedReceiver(), {"secret": SECRET}, body.encode(), standard(body))
    assert [(e.id, e.type.value, e.reason, e.message_id) for e in events] == [
        ("1", "delivered", None, "m1"),
        ("2", "bounced", "soft", "m2"),
        ("3", "bounced", "hard", "m3"),
        ("5", "bounced", "soft", "m5"),
        ("4", "unknown", None, "m4"),
    ]
    assert events[4].detail == "teleported"


async def test_signed_events_that_are_forged_old_or_odd() -> None:
    body = '{"events": []}'
    other = "whsec_" + base64.b64encode(b"another secret of 32 bytes here!").decode()
    for headers in ({}, standard(body, secret=other), standard(body, age=600), standard("{}")):
        with pytest.raises(FeedbackRejected):
            await read(SignedReceiver(), {"secret": SECRET}, body.encode(), headers)
    for odd in ("[]", '{"events": 1}', "null", "not json"):
        with pytest.raises(FeedbackMalformed):
            await read(SignedReceiver(), {"secret": SECRET}, odd.encode(), standard(odd))


# All of them ----------------------------------------------------------------------------------


def test_every_receiver_is_of_a_connector() -> None:
    assert set(RECEIVERS) <= {factory.metadata.id for factory in Registry.discover().factories()}
    assert isinstance(receiver_of("http-email"), SignedReceiver)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(data=JSON)
async def test_whatever_is_signed_is_read_without_an_error(data: Any) -> None:
    postmark = json.dumps(data if isinstance(data, dict) else {"RecordType": data}).encode()
    await read(PostmarkReceiver(), POSTMARK, postmark, basic())
    await read(MailgunReceiver(), {"signingKey": "key-1"}, mailgun(data))


@given(name=st.text(), told=JSON)
async def test_whatever_amazon_signs_is_read_without_an_error(name: str, told: Any) -> None:
    message = {"eventType": name, "bounce": told, "delivery": told, "mail": told}
    for value in (message, told, {"eventType": "Bounce", "bounce": told, "mail": told}):
        body = AMAZON.notification(value)
        await read(RECEIVER, {"topicArn": TOPIC}, body, web=AMAZON.web)


AMAZON, RECEIVER = Amazon(), SesReceiver()
