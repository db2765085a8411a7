"""The contract of a receiver: from a provider's request to events in one vocabulary.

A receiver checks the signature before it reads anything else, and reads whatever is signed without
an error: what it does not know becomes ``unknown``.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from carteiro.connectors.http.client import HttpClient
from carteiro.errors import FeedbackMalformed, FeedbackRejected
from carteiro.model.limits import TooDeep, TooMany, require_bounded
from carteiro.model.wire import Wire

FRESH = 48 * 3_600_000
"""Milliseconds within which a signed event must have been signed: providers repeat for a day."""
_LONGEST_ID = 64
_LONGEST_DETAIL = 500


class EventType(StrEnum):
    """What happened to a message. The names are part of the public API."""

    ACCEPTED = "accepted"
    """The provider has it."""
    DELIVERED = "delivered"
    """The recipient's server has it."""
    DEFERRED = "deferred"
    """The recipient's server asks to try later; the provider does."""
    BOUNCED = "bounced"
    """The recipient's server refused it; the reason is ``hard`` or ``soft``."""
    REJECTED = "rejected"
    """The provider does not send it."""
    COMPLAINED = "complained"
    """The recipient called it spam."""
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    UNKNOWN = "unknown"
    """Something that Carteiro has no word for; the detail has the provider's."""


HARD = "hard"
"""The mailbox does not exist."""
SOFT = "soft"
"""Whatever else: full, blocked, refused for its content or by a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEvent:
    """One event. ``id`` is the same each time the provider tells of it; times are milliseconds.

    ``provider_id`` is what the provider called the message when it took it over; ``message_id`` is
    ours, where the provider knows it. ``detail`` is the provider's words.
    """

    id: str
    type: EventType
    occurred_at: int
    reason: str | None = None
    recipient: str | None = None
    provider_id: str | None = None
    message_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as it came; header names are in lower case. ``now`` is milliseconds."""

    headers: Mapping[str, str]
    body: bytes
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a provider signs instead of the content: it may come again, with this content only."""

    value: str
    content: bytes


class Receiver(ABC):
    """Reads one provider's events."""

    settings_model: ClassVar[type[Wire]]

    @abstractmethod
    async def read(
        self, settings: Any, incoming: Incoming, http: HttpClient
    ) -> Sequence[FeedbackEvent]:
        """Check and read.

        Raises ``FeedbackRejected``, ``FeedbackMalformed`` or ``FeedbackUnavailable``.
        """

    def proof(self, incoming: Incoming) -> Proof | None:
        """What of a checked request belongs to one content; ``None`` where that is signed."""
        return None


def parse_json(body: bytes) -> Any:
    """The body as JSON. Raises ``FeedbackMalformed``, also for more than can be worked on."""
    try:
        value = json.loads(body)
        require_bounded(value)
    except (TooDeep, TooMany) as error:
        raise FeedbackMalformed(f"The event is too large: {error}.") from None
    except (ValueError, RecursionError):
        raise FeedbackMalformed("The event is not JSON.") from None
    return value


def parse_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises ``FeedbackMalformed``."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise FeedbackMalformed("The event is not a JSON object.")
    return value


def canonical(value: Any) -> bytes:
    """A value of JSON as bytes that do not depend on blanks or on the order of members."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        raise FeedbackMalformed("The event is nested too deep.") from None


def require_fresh(signed_at: int, now: int) -> None:
    """Refuse what was signed long ago, or in the future. Raises ``FeedbackRejected``."""
    if abs(now - signed_at) > FRESH:
        raise FeedbackRejected("The event was signed too long ago.")


def section(value: Any, *path: str) -> dict[str, Any]:
    """The object at a path; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """A text or a number as text; ``None`` for anything else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    shown = "".join(filter(str.isprintable, str(value)))
    return shown[:_LONGEST_DETAIL] or None


def event_id(*parts: Any) -> str:
    """A provider's id of an event, or one made of what tells events apart; 64 characters at most.

    One part that fits is taken as it is, so that people find it at the provider.
    """
    first = parts[0]
    plain = isinstance(first, str) and first.isascii() and first.isprintable()
    if len(parts) == 1 and plain and 0 < len(first) <= _LONGEST_ID:
        return str(first)
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def moment(value: Any, now: int) -> int:
    """Seconds since the epoch, or an ISO 8601 text, as milliseconds; ``now`` where it is neither.

    An event does not come from the future.
    """
    found: float | None = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = value * 1000
    elif isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            parsed = None
        if parsed is not None:
            found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000
    if found is None or not 0 <= found <= now:
        return now
    return int(found)
