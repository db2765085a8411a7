"""What was tried for a message, and the rounds in which nothing could be."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt, as it ended, and what was decided then."""

    number: int
    connector_id: str
    factory_id: str
    started_at: int
    finished_at: int
    outcome: str
    disposition: str | None = None
    provider_id: str | None = None
    error: str | None = None
    skipped: str | None = None
    """JSON: the connectors that were passed over before this attempt, with the reason."""
    decision: str | None = None
    """``retry``, ``fallback`` or nothing: it was the last one."""
    template: str | None = None
    """Where the words came from; with ``template_revision`` it says which ones they were."""
    template_revision: int | None = None
    connector_revision: int | None = None
    """Which of the connector's configs it went through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRoundRow:
    """Rounds of one kind after so many attempts in which no connector was tried.

    ``waiting_for`` is empty where the message ended with it; ``skipped`` is JSON, as of the last
    one. Times are milliseconds; ``due_at`` is when the message was to be looked at again.
    """

    after: int
    waiting_for: str
    skipped: str
    first_at: int
    last_at: int
    due_at: int | None
    times: int


def made(tenant_id: str, message_id: str, row: AttemptRow) -> Call:
    """Put an attempt on record."""
    values = {name: getattr(row, name) for name in AttemptRow.__slots__}
    return Call("attempts.made", {"tenant_id": tenant_id, "message_id": message_id, **values})


def idle(
    tenant_id: str,
    message_id: str,
    *,
    after: int,
    waiting_for: str,
    skipped: str,
    at: int,
    due_at: int | None,
) -> Call:
    """Put on record that no connector was tried, and why."""
    return Call(
        "attempts.idle",
        {
            "tenant_id": tenant_id,
            "message_id": message_id,
            "after": after,
            "waiting_for": waiting_for,
            "skipped": skipped,
            "at": at,
            "due_at": due_at,
        },
    )


async def of_message(tx: Transaction, tenant_id: str, message_id: str) -> list[AttemptRow]:
    """A message's attempts in order."""
    rows = await tx.all("attempts.of_message", tenant_id=tenant_id, message_id=message_id)
    return [value_of(AttemptRow, row) for row in rows]


async def idle_of_message(tx: Transaction, tenant_id: str, message_id: str) -> list[IdleRoundRow]:
    """The rounds of a message in which no connector was tried, in order."""
    rows = await tx.all("attempts.idle_of_message", tenant_id=tenant_id, message_id=message_id)
    return [value_of(IdleRoundRow, row) for row in rows]
