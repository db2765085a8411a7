"""The list of addresses that get no more mail: what puts an address on it, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from carteiro.connectors.feedback.contract import HARD, EventType, FeedbackEvent
from carteiro.model.message import Recipient
from carteiro.secrets import Keyring
from carteiro.storage.mail.suppressions import SuppressionRow
from carteiro.verification.identity import recipient_hash

_DAY = 86_400_000


class SuppressionReason(StrEnum):
    """Why an address gets no more mail."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


_LIFETIMES: Mapping[SuppressionReason, int | None] = {
    # A mailbox that did not exist may be made again; who complained has not asked for more.
    SuppressionReason.BOUNCED: 180 * _DAY,
    SuppressionReason.COMPLAINED: None,
    SuppressionReason.MANUAL: None,
}


def reason_of(event: FeedbackEvent) -> SuppressionReason | None:
    """Whether an event puts its address on the list."""
    if event.type is EventType.BOUNCED and event.reason == HARD:
        return SuppressionReason.BOUNCED
    return SuppressionReason.COMPLAINED if event.type is EventType.COMPLAINED else None


def suppression(
    keyring: Keyring,
    tenant_id: str,
    recipient: Recipient,
    reason: SuppressionReason,
    *,
    now: int,
    connector_id: str | None = None,
    note: str | None = None,
    expires_at: int | None = None,
) -> SuppressionRow:
    """An entry; the address is sealed, and found by its hash."""
    lifetime = _LIFETIMES[reason]
    if expires_at is None and lifetime is not None:
        expires_at = now + lifetime
    hashed = recipient_hash(keyring, tenant_id, recipient)
    return SuppressionRow(
        tenant_id=tenant_id,
        recipient_hash=hashed,
        recipient_sealed=keyring.seal(
            str(recipient).encode(), suppression_context(tenant_id, hashed)
        ),
        reason=reason,
        connector_id=connector_id,
        note=note,
        created_at=now,
        expires_at=expires_at,
    )


def address_of(keyring: Keyring, row: SuppressionRow) -> str:
    """The address of an entry. Raises ``SealBroken``."""
    context = suppression_context(row.tenant_id, row.recipient_hash)
    return keyring.open(row.recipient_sealed, context).decode()


def suppression_context(tenant_id: str, recipient_hash: str) -> str:
    """What an entry's sealed address is bound to."""
    return f"suppressions/{tenant_id}/{recipient_hash}"
