"""Notices on their way: who was told of which kind of change, and when, one row each.

Both writes go into the unit of work of the change, in one round trip: neither reads the other. The
message that has the row is sent; one that does not was one too many, and ends when it is taken in
hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro.storage.drivers.database import Call, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice to be put on record. Times are milliseconds."""

    tenant_id: str
    id: str
    type: str
    priority: int
    recipient_hash: str
    recipient_masked: str
    language: str
    language_reason: str
    template: str
    template_revision: int | None
    connector_id: str
    payload_sealed: bytes = field(repr=False)
    created_at: int


def telling(new: NewNotice, *, pause: int) -> list[Call]:
    """Put a notice on record that is sent if its kind had no turn within ``pause`` milliseconds."""
    turn = {
        "tenant_id": new.tenant_id,
        "recipient_hash": new.recipient_hash,
        "type": new.type,
        "message_id": new.id,
        "now": new.created_at,
        "since": new.created_at - pause,
    }
    columns = {name: getattr(new, name) for name in NewNotice.__slots__}
    return [Call("notices.take", turn), Call("notices.create", columns)]


async def clear(tx: Transaction, *, tenant_id: str, recipient_hash: str) -> None:
    """Forget what a recipient was told."""
    await tx.run("notices.clear", tenant_id=tenant_id, recipient_hash=recipient_hash)


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` turns that were taken before a time."""
    return await tx.run("notices.discard", before=before, batch=batch)
