"""The closed sets of a message's life."""

from __future__ import annotations

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BROKEN = "broken"
    """The connector raised something that is not a connector error: a defect in the plug-in."""
