"""What providers say of messages after they took them over."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event; ``id`` is the provider's, unique with the connector. Times are milliseconds.

    ``message_id`` is missing where nothing on record has the provider's id; ``detail`` is JSON.
    """

    tenant_id: str
    connector_id: str
    id: str
    message_id: str | None
    provider_id: str | None
    type: str
    reason: str | None
    recipient_hash: str | None
    recipient_masked: str | None
    detail: str | None
    occurred_at: int
    received_at: int


async def add(tx: Transaction, row: EventRow) -> bool:
    """Put an event on record; false when it is there already."""
    return await tx.one("message_events.add", **asdict(row)) is not None


async def of_message(tx: Transaction, tenant_id: str, message_id: str) -> list[EventRow]:
    """A message's events, in the order in which they happened."""
    rows = await tx.all("message_events.list", tenant_id=tenant_id, message_id=message_id)
    return [value_of(EventRow, row) for row in rows]


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` events received before a time."""
    return await tx.run("message_events.discard", before=before, batch=batch)


async def unmatched(tx: Transaction, *, since: int, batch: int) -> list[tuple[EventRow, str]]:
    """Events without a message whose provider's id has come on record, each with that message."""
    rows = await tx.all("message_events.unmatched", since=since, batch=batch)
    return [(value_of(EventRow, row), row["found_id"]) for row in rows]


async def match(tx: Transaction, row: EventRow, message_id: str) -> bool:
    """Say which message an event is about; false when that is known."""
    return (
        await tx.run(
            "message_events.match",
            tenant_id=row.tenant_id,
            connector_id=row.connector_id,
            id=row.id,
            message_id=message_id,
        )
        > 0
    )


async def erase(tx: Transaction, tenant_id: str, recipient_hash: str) -> int:
    """Delete what providers told of a recipient."""
    return await tx.run("message_events.erase", tenant_id=tenant_id, recipient_hash=recipient_hash)
