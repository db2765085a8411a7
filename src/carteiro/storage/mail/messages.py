"""Messages. Only ``delivery`` writes states."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro import secrets
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail.subjects import ALIVE, FATE, TRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message on record. Times are milliseconds since the epoch.

    ``owner`` is the process that has it in hand, since ``attempt_at``; ``due_at`` is when it may be
    tried while it waits, ``waiting_for`` what for (``retry``, ``rate``, ``breaker``, ``key``).
    """

    tenant_id: str
    id: str
    type: str
    mode: str
    state: str
    priority: int
    attempts: int
    owner: str | None
    attempt_at: int | None
    due_at: int | None
    waiting_for: str | None
    recipient_hash: str
    recipient_masked: str
    language: str
    language_reason: str
    template: str
    template_revision: int | None = None
    connector_id: str
    payload_sealed: bytes | None = field(repr=False)
    created_at: int
    expires_at: int | None
    finished_at: int | None
    failure: str | None
    suppressed: str | None = None
    """Why its address is on the suppression list, known when it was claimed."""
    fate: str = ALIVE
    """What had become of its subject when it was claimed."""
    tries: int | None = None
    """How many wrong tries its code had seen then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message as it is put on record."""

    tenant_id: str
    id: str
    type: str
    mode: str
    state: str
    priority: int
    owner: str | None
    attempt_at: int | None
    due_at: int | None
    recipient_hash: str
    recipient_masked: str
    language: str
    language_reason: str
    template: str
    connector_id: str
    payload_sealed: bytes = field(repr=False)
    created_at: int
    expires_at: int | None
    subject_kind: str | None = None
    subject_id: str | None = None
    template_revision: int | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages of a tenant are in a state, and when the oldest was made."""

    tenant_id: str
    state: str
    total: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is to be done, of all tenants; ``oldest_due`` in milliseconds."""

    queued: int
    sending: int
    oldest_due: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that a provider's event is about."""

    id: str
    type: str
    state: str
    recipient_hash: str
    recipient_masked: str


def create(new: NewMessage) -> Call:
    """Put a message on record. ``RecipientSuppressed`` where the address is on the list."""
    return Call("messages.create", {name: getattr(new, name) for name in _NEW})


def refused(new: NewMessage, *, at: int, failure: str) -> Call:
    """Put a message on record that was never to be sent."""
    kept = (
        "tenant_id",
        "id",
        "type",
        "mode",
        "recipient_hash",
        "recipient_masked",
        "language",
        "language_reason",
        "template",
        "template_revision",
        "connector_id",
        "created_at",
        "expires_at",
    )
    values = {name: getattr(new, name) for name in kept}
    return Call("messages.refused", {**values, "finished_at": at, "failure": failure})


def sent(
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    at: int,
    attempts: int,
    connector_id: str,
) -> Call:
    """A provider has taken it over."""
    return Call(
        "messages.sent",
        {
            "tenant_id": tenant_id,
            "id": id,
            "finished_at": at,
            "attempts": attempts,
            "connector_id": connector_id,
        },
    )


def finish(
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    owner: str,
    state: str,
    at: int,
    attempts: int,
    failure: str,
) -> Call:
    """Give a message that ``owner`` has in hand its final state and erase its sealed payload."""
    return Call(
        "messages.finish",
        {
            "tenant_id": tenant_id,
            "id": id,
            "owner": owner,
            "state": state,
            "finished_at": at,
            "attempts": attempts,
            "failure": failure,
        },
    )


def later(
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    owner: str,
    due_at: int,
    waiting_for: str,
    attempts: int,
) -> Call:
    """Put a message that ``owner`` has in hand back until ``due_at``."""
    return Call(
        "messages.later",
        {
            "tenant_id": tenant_id,
            "id": id,
            "owner": owner,
            "due_at": due_at,
            "waiting_for": waiting_for,
            "attempts": attempts,
        },
    )


async def get(tx: Transaction, tenant_id: str, id: str) -> MessageRow | None:  # noqa: A002 - the column's name
    """One message."""
    row = await tx.one("messages.get", tenant_id=tenant_id, id=id)
    return message_of(row) if row else None


async def claim(tx: Transaction, *, owner: str, now: int, most: int) -> list[MessageRow]:
    """Take at most ``most`` messages that are due into ``owner``'s hands, in their order."""
    claimed = []
    for found in await tx.all("messages.due", now=now, most=most):
        row = await tx.one(
            _CLAIM, tenant_id=found["tenant_id"], id=found["id"], owner=owner, now=now
        )
        if row is not None:
            claimed.append(claimed_of(row))
    return claimed


async def next_due(tx: Transaction) -> int | None:
    """When the next message that waits is due, in milliseconds."""
    row = await tx.one("messages.next_due")
    due: int | None = row["due_at"] if row else None
    return due


async def orphans(tx: Transaction, *, me: str, before: int, batch: int) -> list[MessageRow]:
    """Messages taken in hand before a time by a process not seen since then, or by ``me``."""
    rows = await tx.all("messages.orphans", me=me, before=before, batch=batch)
    return [message_of(row) for row in rows]


async def adopt(tx: Transaction, row: MessageRow, *, owner: str, now: int) -> bool:
    """Take a message out of the hands of a process that is gone; false if somebody else did."""
    return (
        await tx.run(
            "messages.adopt",
            tenant_id=row.tenant_id,
            id=row.id,
            gone=row.owner,
            owner=owner,
            now=now,
        )
        > 0
    )


async def expired(tx: Transaction, *, now: int, batch: int) -> list[tuple[str, str]]:
    """Waiting messages whose code is dead, by tenant and id."""
    rows = await tx.all("messages.expired", now=now, batch=batch)
    return [(row["tenant_id"], row["id"]) for row in rows]


async def take(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    owner: str,
    now: int,
) -> MessageRow | None:
    """Take a waiting message in hand, due or not; ``None`` when it does not wait."""
    row = await tx.one("messages.take", tenant_id=tenant_id, id=id, owner=owner, now=now)
    return message_of(row) if row else None


async def hasten(tx: Transaction, tenant_id: str, id: str, *, now: int) -> int | None:  # noqa: A002 - the column's name
    """Have a waiting message tried at once; its priority, or ``None`` when it does not wait."""
    row = await tx.one("messages.hasten", tenant_id=tenant_id, id=id, now=now)
    return row["priority"] if row else None


async def depth(tx: Transaction) -> list[Depth]:
    """What waits or is in hand, by tenant and state."""
    rows = await tx.all("messages.depth")
    return [Depth(row["tenant_id"], row["state"], row["total"], row["oldest"]) for row in rows]


async def backlog(tx: Transaction) -> Backlog:
    """What is to be done, of all tenants."""
    row = await tx.one("messages.backlog")
    assert row is not None
    return Backlog(row["queued"], row["sending"], row["oldest_due"])


async def by_provider_id(
    tx: Transaction, tenant_id: str, connector_id: str, provider_id: str
) -> Sent | None:
    """Which message a provider's id is about."""
    row = await tx.one(
        "messages.by_provider_id",
        tenant_id=tenant_id,
        connector_id=connector_id,
        provider_id=provider_id,
    )
    return value_of(Sent, row) if row else None


async def observed(tx: Transaction, tenant_id: str, id: str, state: str) -> bool:  # noqa: A002 - the column's name
    """Note what the provider says; false where a later event has said more."""
    return await tx.run("messages.observed", tenant_id=tenant_id, id=id, state=state) > 0


async def erase(tx: Transaction, tenant_id: str, recipient_hash: str) -> int:
    """Delete a recipient's messages that have ended, with their attempts."""
    return await tx.run("messages.erase", tenant_id=tenant_id, recipient_hash=recipient_hash)


async def waiting_for(tx: Transaction, tenant_id: str, recipient_hash: str) -> list[str]:
    """The ids of a recipient's messages that have not ended."""
    rows = await tx.all("messages.waiting_for", tenant_id=tenant_id, recipient_hash=recipient_hash)
    return [row["id"] for row in rows]


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` messages that were made before a time and have ended."""
    return await tx.run(
        "messages.discard", before=secrets.time_prefix(before), made_before=before, batch=batch
    )


def message_of(row: Row) -> MessageRow:
    """A row as the database gave it."""
    return MessageRow(**{name: row[name] for name in _COLUMNS})


def claimed_of(row: Row) -> MessageRow:
    """A row that was claimed, with what was asked of its address and its subject."""
    return MessageRow(**{name: row[name] for name in MessageRow.__slots__})


CLAIMED = (
    "(SELECT reason FROM suppressions "  # noqa: S608 - fixed pieces
    "WHERE suppressions.tenant_id = messages.tenant_id "
    "AND suppressions.recipient_hash = messages.recipient_hash "
    "AND (suppressions.expires_at IS NULL OR suppressions.expires_at > :now)) AS suppressed, "
    f"{FATE} AS fate, {TRIES} AS tries"
)
"""What whoever claims a message has to know of it."""
_CLAIM = Statement.of(
    "messages.claim",
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now "  # noqa: S608
    "WHERE tenant_id = :tenant_id AND id = :id AND state || '' = 'queued' AND due_at <= :now "
    f"RETURNING *, {CLAIMED}",
)
_ASKED = {"suppressed", "fate", "tries"}
_COLUMNS = tuple(name for name in MessageRow.__slots__ if name not in _ASKED)


_NEW = NewMessage.__slots__
"""Columns by name: ``dataclasses.asdict`` copies what it finds, at a cost."""
