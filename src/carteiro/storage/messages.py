"""Messages and their attempts. Only ``delivery`` writes states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carteiro.storage.database import Call, Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message on record. Times are milliseconds since the epoch."""

    tenant_id: str
    id: str
    type: str
    state: str
    recipient_hash: str
    recipient_masked: str
    language: str
    language_reason: str
    template: str
    connector_id: str
    payload_sealed: bytes | None = field(repr=False)
    created_at: int
    expires_at: int | None
    finished_at: int | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt, as it ended."""

    number: int
    connector_id: str
    factory_id: str
    started_at: int
    finished_at: int
    outcome: str
    disposition: str | None
    provider_id: str | None
    error: str | None


def create(
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    type: str,  # noqa: A002 - the column's name
    state: str,
    recipient_hash: str,
    recipient_masked: str,
    language: str,
    language_reason: str,
    template: str,
    connector_id: str,
    payload_sealed: bytes,
    created_at: int,
    expires_at: int | None,
) -> Call:
    """Put a message on record."""
    return Call(
        "messages.create",
        {
            "tenant_id": tenant_id,
            "id": id,
            "type": type,
            "state": state,
            "recipient_hash": recipient_hash,
            "recipient_masked": recipient_masked,
            "language": language,
            "language_reason": language_reason,
            "template": template,
            "connector_id": connector_id,
            "payload_sealed": payload_sealed,
            "created_at": created_at,
            "expires_at": expires_at,
        },
    )


def finish(
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    state: str,
    finished_at: int,
    failure: str | None,
) -> Call:
    """Give a message its final state and erase its sealed payload."""
    return Call(
        "messages.finish",
        {
            "tenant_id": tenant_id,
            "id": id,
            "state": state,
            "finished_at": finished_at,
            "failure": failure,
        },
    )


def attempt(
    *,
    tenant_id: str,
    message_id: str,
    number: int,
    connector_id: str,
    factory_id: str,
    started_at: int,
    finished_at: int,
    outcome: str,
    disposition: str | None,
    provider_id: str | None,
    error: str | None,
) -> Call:
    """Put an attempt on record."""
    return Call(
        "messages.attempt",
        {
            "tenant_id": tenant_id,
            "message_id": message_id,
            "number": number,
            "connector_id": connector_id,
            "factory_id": factory_id,
            "started_at": started_at,
            "finished_at": finished_at,
            "outcome": outcome,
            "disposition": disposition,
            "provider_id": provider_id,
            "error": error,
        },
    )


async def get(tx: Transaction, tenant_id: str, id: str) -> MessageRow | None:  # noqa: A002 - the column's name
    """One message."""
    row = await tx.one("messages.get", tenant_id=tenant_id, id=id)
    return MessageRow(**_values(row, MessageRow)) if row else None


async def attempts(tx: Transaction, tenant_id: str, message_id: str) -> list[AttemptRow]:
    """A message's attempts in order."""
    rows = await tx.all("messages.attempts", tenant_id=tenant_id, message_id=message_id)
    return [AttemptRow(**_values(row, AttemptRow)) for row in rows]


async def cancel_expired(tx: Transaction, *, now: int, batch: int) -> int:
    """Cancel at most ``batch`` messages whose code died before they were handed over."""
    return await tx.run("messages.cancel_expired", now=now, batch=batch)


def _values(row: Row, kind: type) -> dict[str, Any]:
    return {name: row[name] for name in kind.__slots__}  # type: ignore[attr-defined]  # slotted
