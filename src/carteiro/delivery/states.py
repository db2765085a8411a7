"""The closed sets of a message's life."""

from __future__ import annotations

from enum import StrEnum

from carteiro.errors import Disposition


class Mode(StrEnum):
    """When a tenant's messages are handed over."""

    DIRECT = "direct"
    """Inside the request: a failure is its answer."""
    QUEUED = "queued"
    """After the request: it is answered when the message is committed."""


class MessageState(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(StrEnum):
    """Why a message was not sent, beside the dispositions of a refused attempt."""

    EXPIRED = "expired"
    """Its code, link or invitation died of age while it waited."""
    SUPERSEDED = "superseded"
    """A newer code has taken the place of its own."""
    REDEEMED = "redeemed"
    """Its code is used: an earlier attempt brought it."""
    OUT_OF_TRIES = "out-of-tries"
    """Its code bears no further try."""
    CONSUMED = "consumed"
    """Its one-time token is used."""
    REVOKED = "revoked"
    """Its one-time token or invitation was taken back."""
    ACCEPTED = "accepted"
    """Its invitation is accepted."""
    DELETED = "deleted"
    """Its one-time token or invitation is gone, or the organization of it."""
    REPEATED = "repeated"
    """The person is told of the same kind of change by another notice of these minutes."""
    RECIPIENT_DELETED = "recipient-deleted"
    """The person it was for is gone."""
    SUPPRESSED = "suppressed"
    """The address is on the suppression list."""
    WITHHELD = "withheld"
    """Nobody has the address, and nobody may learn of it."""
    CANCELLED = "cancelled"
    """An operator said so."""
    NO_CONNECTOR = "no-connector"
    """There is none any more that could send it."""
    TEMPLATE = "template"
    """No template serves it any more."""
    UNREADABLE = "unreadable"
    """Its contents opened with no key: on record from versions that ended such a message."""


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BROKEN = "broken"
    """The connector raised something that is not a connector error: a defect in the plug-in."""
    LOST = "lost"
    """The process that made it ended before it could say what came of it."""


class Decision(StrEnum):
    """What was decided after an attempt that did not succeed."""

    RETRY = "retry"
    FALLBACK = "fallback"
    GIVE_UP = "give-up"


class Waiting(StrEnum):
    """What a queued message waits for."""

    RETRY = "retry"
    RATE = "rate"
    BREAKER = "breaker"
    KEY = "key"
    """Its contents, or the connector's config, open with none of this process's keys."""


def event_of(state: MessageState, reason: Failure | Disposition) -> str:
    """The event, for webhooks and on record, of a message that ended unsent."""
    if reason is Failure.SUPPRESSED:
        return "Message.Suppressed"
    if reason is Failure.WITHHELD:
        return "Message.Withheld"
    return "Message.Failed" if state is MessageState.FAILED else "Message.Cancelled"
