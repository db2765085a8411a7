"""Only "this mailbox does not exist" keeps mail away for long, whoever tells of the bounce."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from carteiro.connectors.feedback.bounces import bounce_reason
from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.connectors.feedback.mailgun import _event as mailgun
from carteiro.connectors.feedback.postmark import _event as postmark
from carteiro.connectors.feedback.sendgrid import _event as sendgrid
from carteiro.connectors.feedback.ses import _events as ses
from carteiro.connectors.feedback.signed import _event as signed
from carteiro.delivery.gates.suppression import SuppressionReason, reason_of

NOW = 1_800_000_000_000
WORDS = [
    # RFC 3463 §3.2: the address
    ("550 5.1.1 The email account that you tried to reach does not exist", "hard"),
    ("550 5.1.2 Bad destination system address", "hard"),
    ("553 5.1.3 Bad destination mailbox address syntax", "hard"),
    ("551 5.1.6 Mailbox has moved", "hard"),
    ("556 5.1.10 Recipient address has null MX", "hard"),
    ("550 5.1.4 Ambiguous", "soft"),
    ("550 5.1.7 Bad sender's mailbox address syntax", "soft"),
    ("550 5.1.8 Bad sender's system address", "soft"),
    # §3.3: the mailbox is there
    ("550 5.2.1 The user is receiving mail at a rate that prevents more", "soft"),
    ("552 5.2.2 over quota", "soft"),
    ("552 5.2.3 Message too large", "soft"),
    # §3.4 to §3.7: systems, routes, protocols, content
    ("554 5.3.4 Message too big for system", "soft"),
    ("550 5.4.1 Recipient address rejected: Access denied", "soft"),
    ("550 5.4.6 Routing loop", "soft"),
    ("550 5.5.0 Requested action not taken: mailbox unavailable", "soft"),
    ("554 5.6.0 Content rejected", "soft"),
    # §3.8: security and policy
    ("550 5.7.1 IP on blocklist", "soft"),
    ("550 5.7.1 User unknown to our reputation service", "soft"),
    ("550 5.7.26 unauthenticated", "soft"),
    ("550 5.7.606 Access denied, banned sending IP [203.0.113.9]", "soft"),
    # temporary
    ("450 4.2.1 mailbox busy, user unknown", "soft"),
    ("451 4.7.1 Greylisted", "soft"),
    # no code that means anything: the server's words
    ("550 No such user here", "hard"),
    ("550 Unknown recipient", "hard"),
    ("550 <a@b.test>: Recipient address rejected: User unknown in local table", "hard"),
    ("554 delivery error: dd This user doesn't have a yahoo.com account", "hard"),
    ("550 5.0.0 User unknown", "hard"),
    ("511 sorry, no mailbox here by that name", "hard"),
    ("550 Requested action not taken: mailbox unavailable", "soft"),
    ("550 Message rejected due to content restrictions", "soft"),
    ("550 Blocked by 5.1.1.2", "soft"),
    ("554 Sender address rejected", "soft"),
    ("", "soft"),
]


def by_ses(words: str) -> FeedbackEvent:
    recipient = {"emailAddress": "a@b.test", "diagnosticCode": f"smtp; {words}"}
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [recipient],
    }
    return amazon(bounce)


def amazon(bounce: dict[str, Any]) -> FeedbackEvent:
    bounce = {"bouncedRecipients": [{"emailAddress": "a@b.test"}], **bounce}
    message = json.dumps({"eventType": "Bounce", "bounce": bounce})
    (event,) = ses({"MessageId": "m", "Message": message}, NOW)
    return event


def by_mailgun(words: str) -> FeedbackEvent:
    return mailgun(failed("bounce", words), NOW)


def failed(reason: str, message: str, code: int = 550, **status: Any) -> dict[str, Any]:
    return {
        "event": "failed",
        "severity": "permanent",
        "reason": reason,
        "recipient": "a@b.test",
        "delivery-status": {"code": code, "message": message, **status},
    }


def by_sendgrid(words: str) -> FeedbackEvent:
    return sendgrid(
        {"event": "bounce", "type": "bounce", "email": "a@b.test", "reason": words}, NOW
    )


def by_signed(words: str) -> FeedbackEvent:
    return signed({"type": "bounced", "recipient": "a@b.test", "detail": words}, NOW)


@pytest.mark.parametrize("teller", [by_ses, by_mailgun, by_sendgrid, by_signed])
@pytest.mark.parametrize(("words", "reason"), WORDS)
def test_what_the_server_said_decides(
    teller: Callable[[str], FeedbackEvent], words: str, reason: str
) -> None:
    event = teller(words)

    assert (event.type, event.reason) == (EventType.BOUNCED, reason)
    assert reason_of(event) == (SuppressionReason.BOUNCED if reason == "hard" else None)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(failed("espblock", "5.7.1 IP on blocklist"), id="espblock"),
        pytest.param(failed("generic", "5.7.26 unauthenticated"), id="generic"),
        pytest.param(failed("bounce", "5.2.2 over quota", 552), id="over-quota"),
        pytest.param(failed("suppress-unsubscribe", "", 606), id="unsubscribed"),
        pytest.param(failed("suppress-bounce", "Not delivering", 605), id="own-list"),
        pytest.param(failed("suppress-complaint", "", 607), id="complained"),
        pytest.param(failed("espblock", "5.1.1 no such user"), id="a-block-whatever-the-code"),
        pytest.param(failed("something new", "5.1.1 no such user"), id="unknown-reason"),
        pytest.param(failed("old", "No such user"), id="gave-up"),
    ],
)
def test_mailguns_blocks_suppress_nobody(event: dict[str, Any]) -> None:
    assert reason_of(mailgun(event, NOW)) is None


def test_mailguns_enhanced_code_counts_before_its_words() -> None:
    told = failed("bounce", "user unknown", **{"enhanced-code": "5.7.1"})

    assert mailgun(told, NOW).reason == "soft"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"bounce_classification": "Invalid Address"}, "hard"),
        ({"bounce_classification": "Invalid Address", "status": "5.7.1"}, "soft"),
        ({"bounce_classification": "Reputation", "status": "5.1.1"}, "soft"),
        ({"bounce_classification": "Mailbox Unavailable"}, "soft"),
        ({"bounce_classification": "Content"}, "soft"),
        ({"bounce_classification": "Frequency or Volume Too High"}, "soft"),
        ({"bounce_classification": "Unclassified", "status": "5.1.1"}, "hard"),
        ({"bounce_classification": "Unclassified"}, "soft"),
        ({"type": "blocked", "status": "5.1.1"}, "soft"),
    ],
)
def test_sendgrids_classes(told: dict[str, Any], reason: str) -> None:
    assert sendgrid({"event": "bounce", "type": "bounce", **told}, NOW).reason == reason


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"bounceType": "Permanent", "bounceSubType": "NoEmail"}, "hard"),
        ({"bounceType": "Permanent", "bounceSubType": "General"}, "soft"),
        ({"bounceType": "Permanent", "bounceSubType": "Suppressed"}, "soft"),
        ({"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}, "soft"),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "soft"),
        ({"bounceType": "Transient", "bounceSubType": "General"}, "soft"),
        ({"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, "soft"),
        ({}, "soft"),
    ],
)
def test_amazons_types(told: dict[str, Any], reason: str) -> None:
    assert amazon(told).reason == reason


def test_amazon_tells_of_each_recipient_what_its_own_server_said() -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [
            {"emailAddress": "a@b.test", "status": "5.1.1"},
            {"emailAddress": "c@d.test", "status": "5.7.1"},
        ],
    }
    message = json.dumps({"eventType": "Bounce", "bounce": bounce})

    assert [event.reason for event in ses({"Message": message}, NOW)] == ["hard", "soft"]


@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("HardBounce", "", "hard"),
        ("HardBounce", "smtp;550 5.1.1 no such user", "hard"),
        ("HardBounce", "smtp;550 5.7.1 blocked", "soft"),
        ("BadEmailAddress", "", "hard"),
        ("ManuallyDeactivated", "", "soft"),
        ("Blocked", "smtp;550 5.1.1", "soft"),
        ("SoftBounce", "smtp;552 5.2.2 mailbox full", "soft"),
        ("DMARCPolicy", "", "soft"),
        ("InboundError", "", "soft"),
    ],
)
def test_postmarks_types(kind: str, details: str, reason: str) -> None:
    event = postmark({"RecordType": "Bounce", "Type": kind, "Details": details}, NOW)

    assert event.reason == reason


def test_the_operators_own_word_stands() -> None:
    assert signed({"type": "bounced", "reason": "hard", "detail": "5.7.1"}, NOW).reason == "hard"
    assert signed({"type": "bounced", "reason": "soft", "detail": "5.1.1"}, NOW).reason == "soft"


def test_what_is_no_text_says_nothing() -> None:
    assert bounce_reason(None, ["5.1.1"], {"a": "5.1.1"}) == "soft"
