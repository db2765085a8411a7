"""What died while its mail waited: a code, a link, an invitation. Nobody is mailed of it."""

from __future__ import annotations

from carteiro.delivery.hands.hand import Hand
from carteiro.delivery.states import Failure
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.mail.subjects import ALIVE
from carteiro.verification.policy import CodePolicy


def death(fate: str, tries: int | None, policy: CodePolicy) -> Failure | None:
    """How a message's subject ended; ``None`` while it lives."""
    if fate != ALIVE:
        return Failure(fate)
    if tries is not None and tries >= policy.max_tries:
        return Failure.OUT_OF_TRIES
    return None


def death_when_claimed(row: MessageRow, hand: Hand, policy: CodePolicy, now: int) -> Failure | None:
    """The same for a message that was just taken in hand.

    A policy that was made stricter reaches waiting codes, and so the time that their mails tell.
    """
    if row.tries is not None and hand.expires_at is not None:
        hand.expires_at = min(hand.expires_at, policy.expires_at(hand.created_at))
        if now >= hand.expires_at:
            return Failure.EXPIRED
    return death(row.fate, row.tries, policy)
