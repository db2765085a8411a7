"""What a provider's refusals mean: a table for each provider, and the rows that all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.errors import Disposition

PERMANENT = Disposition.PERMANENT
TRANSIENT = Disposition.TRANSIENT
THROTTLED = Disposition.THROTTLED
UNKNOWN = Disposition.UNKNOWN


@dataclass(frozen=True, slots=True)
class Refusal:
    """``when`` is an HTTP status or the provider's own code; ``advice`` says what to change."""

    when: int | str
    disposition: Disposition
    advice: str


_SHARED = (
    Refusal(401, PERMANENT, "Check the credentials in the connector's config."),
    Refusal(403, PERMANENT, "Check what the credentials may do, and whether the sender is set up."),
    Refusal(408, TRANSIENT, "Nothing to change: try again."),
    Refusal(413, PERMANENT, "Make the template smaller."),
    Refusal(421, TRANSIENT, "Nothing to change: try again."),
    Refusal(425, TRANSIENT, "Nothing to change: try again."),
    Refusal(429, THROTTLED, "Send more slowly, or raise the account's limit."),
    # A gateway gave up waiting: what stands behind it may have taken the message.
    Refusal(504, UNKNOWN, "Nothing to change: the provider is slow."),
)
_REDIRECT = Refusal(300, PERMANENT, "Redirects are not followed: check the endpoint.")
_BROKEN = Refusal(500, TRANSIENT, "Nothing to change: the provider has a problem.")
_OTHER = Refusal(400, PERMANENT, "See the provider's words, and its page in the documentation.")


def meaning_of(table: Sequence[Refusal], status: int, code: str | None = None) -> Refusal:
    """The row for the provider's code, else for the status, else what the status class means."""
    for wanted in (code, status):
        for row in (*table, *_SHARED):
            if row.when == wanted:
                return row
    if 300 <= status < 400:
        return _REDIRECT
    return _BROKEN if status >= 500 else _OTHER
