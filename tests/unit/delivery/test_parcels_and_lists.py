"""What is kept of a message until it ends, how it ends unsent, and who gets no more mail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.delivery.gates.suppression import (
    SuppressionReason,
    address_of,
    reason_of,
    suppression,
)
from carteiro.delivery.hands.fates import death, death_when_claimed
from carteiro.delivery.hands.hand import Hand
from carteiro.delivery.hands.parcel import Parcel, message_context, open_parcel
from carteiro.delivery.states import Failure
from carteiro.errors import SealBroken
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.phones import parse_phone
from carteiro.secrets import Key, Keyring
from carteiro.storage.mail.messages import MessageRow
from carteiro.verification.identity import recipient_hash
from carteiro.verification.policy import CodePolicy

KEYS = Keyring([Key("k", b"k" * 32)])
ANA = parse_address("ana@example.com")
PARCEL = Parcel(
    to=ANA,
    payload={"code": "123456"},
    variables={"expiresInMinutes": 10},
    action="send",
    stamp="s",
    by=OPERATOR,
)
NOW, DAY = 1_800_000_000_000, 86_400_000


def row(**fields: Any) -> MessageRow:
    blank: dict[str, Any] = {
        "tenant_id": "t",
        "id": "m",
        "type": "SignIn",
        "mode": "queued",
        "state": "queued",
        "priority": 0,
        "attempts": 0,
        "owner": None,
        "attempt_at": None,
        "due_at": None,
        "waiting_for": None,
        "recipient_hash": "h",
        "recipient_masked": "a***@example.com",
        "language": "en",
        "language_reason": "default",
        "template": "",
        "connector_id": "c",
        "payload_sealed": None,
        "created_at": NOW,
        "expires_at": NOW + 600_000,
        "finished_at": None,
        "failure": None,
    }
    return MessageRow(**{**blank, **fields})


def hand(expires_at: int | None = NOW + 600_000) -> Hand:
    return Hand(
        tenant_id="t",
        id="m",
        type=TemplateType.SIGN_IN,
        language="en",
        recipient_hash="h",
        recipient_masked="a***@example.com",
        created_at=NOW,
        expires_at=expires_at,
        owner="o",
        attempts=0,
        parcel=PARCEL,
    )


@pytest.mark.parametrize(
    "parcel",
    [
        PARCEL,
        replace(PARCEL, to=parse_phone("351912345678")),
        replace(PARCEL, further=["a", "b"], counted_by="c", payload={"name": "Zoë \u2603"}),
        replace(PARCEL, by=Actor(application_id="a", user_id="u", ip="192.0.2.1", user_agent="x")),
    ],
)
def test_a_later_attempt_knows_what_the_first_one_knew(parcel: Parcel) -> None:
    sealed = parcel.seal(KEYS, "t", "m")

    opened = open_parcel(KEYS, row(payload_sealed=sealed))

    assert replace(opened, further=list(opened.further)) == replace(
        parcel, further=list(parcel.further)
    )


@pytest.mark.parametrize("elsewhere", [{"id": "n"}, {"tenant_id": "u"}])
def test_a_parcel_opens_for_its_own_message_only(elsewhere: dict[str, str]) -> None:
    sealed = PARCEL.seal(KEYS, "t", "m")

    with pytest.raises(SealBroken):
        open_parcel(KEYS, row(payload_sealed=sealed, **elsewhere))


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"by": [null, null, null, null]}'])
def test_a_parcel_that_cannot_be_read_is_a_broken_seal(content: bytes) -> None:
    sealed = KEYS.seal(content, message_context("t", "m"))

    with pytest.raises(SealBroken):
        open_parcel(KEYS, row(payload_sealed=sealed))


def test_an_erased_parcel_is_a_broken_seal() -> None:
    with pytest.raises(SealBroken):
        open_parcel(KEYS, row(payload_sealed=None))


def test_a_parcel_of_before_there_were_further_limits_opens() -> None:
    content = (
        b'{"email":"ana@example.com","payload":{},"variables":{},"action":"send","stamp":"s",'
        b'"counted":null,"by":[null,null,null,null]}'
    )

    opened = open_parcel(KEYS, row(payload_sealed=KEYS.seal(content, "messages/t/m")))

    assert (str(opened.to), list(opened.further), opened.by) == ("ana@example.com", [], OPERATOR)


@pytest.mark.parametrize(
    ("fate", "tries", "ended"),
    [
        ("alive", None, None),
        ("alive", 9, None),
        ("alive", 10, Failure.OUT_OF_TRIES),
        ("alive", 11, Failure.OUT_OF_TRIES),
        ("superseded", None, Failure.SUPERSEDED),
        ("redeemed", 10, Failure.REDEEMED),
    ],
)
def test_a_mail_dies_with_its_subject(fate: str, tries: int | None, ended: Failure | None) -> None:
    assert death(fate, tries, CodePolicy(max_tries=10)) is ended


@pytest.mark.parametrize(
    ("now", "tries", "ended"),
    [
        (NOW + 59_999, 0, None),
        (NOW + 60_000, 0, Failure.EXPIRED),
        (NOW + 59_999, 10, Failure.OUT_OF_TRIES),
        (NOW + 60_000, None, None),
    ],
)
def test_a_stricter_policy_reaches_codes_whose_mails_wait(
    now: int, tries: int | None, ended: Failure | None
) -> None:
    held = hand()

    assert death_when_claimed(row(tries=tries), held, CodePolicy(lifetime=60), now) is ended
    assert held.expires_at == NOW + (600_000 if tries is None else 60_000)


def test_a_looser_policy_does_not_make_a_mail_live_longer() -> None:
    held = hand()

    assert death_when_claimed(row(tries=0), held, CodePolicy(lifetime=3600), NOW) is None
    assert held.expires_at == NOW + 600_000


def test_what_never_expires_is_not_made_to() -> None:
    held = hand(expires_at=None)

    assert death_when_claimed(row(tries=0), held, CodePolicy(lifetime=60), NOW + DAY) is None
    assert held.expires_at is None


@pytest.mark.parametrize(
    ("kind", "reason", "puts"),
    [
        (EventType.BOUNCED, "hard", SuppressionReason.BOUNCED),
        (EventType.BOUNCED, "soft", None),
        (EventType.BOUNCED, None, None),
        (EventType.COMPLAINED, None, SuppressionReason.COMPLAINED),
        (EventType.COMPLAINED, "hard", SuppressionReason.COMPLAINED),
        (EventType.DELIVERED, "hard", None),
    ],
)
def test_complaints_and_hard_bounces_end_the_mail_to_an_address(
    kind: EventType, reason: str | None, puts: SuppressionReason | None
) -> None:
    assert reason_of(FeedbackEvent(id="e", type=kind, occurred_at=0, reason=reason)) is puts


@pytest.mark.parametrize(
    ("reason", "asked", "until"),
    [
        (SuppressionReason.BOUNCED, None, NOW + 180 * DAY),
        (SuppressionReason.BOUNCED, NOW + 1, NOW + 1),
        (SuppressionReason.COMPLAINED, None, None),
        (SuppressionReason.COMPLAINED, NOW + 1, NOW + 1),
        (SuppressionReason.MANUAL, None, None),
    ],
)
def test_a_bounce_is_forgotten_after_half_a_year_and_a_complaint_never(
    reason: SuppressionReason, asked: int | None, until: int | None
) -> None:
    assert suppression(KEYS, "t", ANA, reason, now=NOW, expires_at=asked).expires_at == until


def test_an_entry_says_why_and_seals_whom_it_is_about() -> None:
    entry = suppression(
        KEYS, "t", ANA, SuppressionReason.MANUAL, now=NOW, connector_id="c", note="asked by phone"
    )

    assert (entry.tenant_id, entry.reason, entry.created_at) == ("t", "manual", NOW)
    assert (entry.connector_id, entry.note) == ("c", "asked by phone")
    assert entry.recipient_hash == recipient_hash(KEYS, "t", ANA)
    assert address_of(KEYS, entry) == "ana@example.com"
    assert b"ana" not in entry.recipient_sealed
    with pytest.raises(SealBroken):
        address_of(KEYS, replace(entry, tenant_id="u"))
    with pytest.raises(SealBroken):
        address_of(KEYS, replace(entry, recipient_hash="other"))
