"""The closed sets of a message's life."""

from __future__ import annotations

from enum import StrEnum


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
    """Its code died while it waited."""
    SUPPRESSED = "suppressed"
    """The address is on the suppression list."""
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
