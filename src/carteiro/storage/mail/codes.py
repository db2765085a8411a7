"""One-time codes at rest: a keyed hash, how often it was tried, whether it is spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.rows import octets


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """An identity's code, with the failures on record in a budget."""

    id: str
    key_id: str
    salt: str = field(repr=False)
    digest: bytes = field(repr=False)
    recipient_hash: str
    tries: int
    created_at: int
    consumed_at: int | None
    failures: int
    since: int
    """When the failures began, in milliseconds; 0 when there are none."""
    last_failure_at: int


def replace(
    *,
    tenant_id: str,
    identity_hash: str,
    id: str,  # noqa: A002 - the column's name
    type: str,  # noqa: A002 - the column's name
    key_id: str,
    salt: str,
    digest: bytes,
    recipient_hash: str,
    created_at: int,
    message_id: str | None,
) -> Call:
    """Store the identity's code; an older one is gone."""
    return Call(
        "codes.replace",
        {
            "tenant_id": tenant_id,
            "identity_hash": identity_hash,
            "id": id,
            "type": type,
            "key_id": key_id,
            "salt": salt,
            "digest": digest,
            "recipient_hash": recipient_hash,
            "created_at": created_at,
            "message_id": message_id,
        },
    )


async def find(
    tx: Transaction, tenant_id: str, identity_hash: str, budget_hash: str
) -> CodeRow | None:
    """The identity's code, spent or not, and the failures that count against who tries."""
    row = await tx.one(
        "codes.find", tenant_id=tenant_id, identity_hash=identity_hash, budget_hash=budget_hash
    )
    return None if row is None else _read(row)


def finding(tenant_id: str, identity_hash: str, budget_hash: str) -> Question:
    """The same, to be asked together with what else is needed."""
    return Question(
        "codes.find",
        {"tenant_id": tenant_id, "identity_hash": identity_hash, "budget_hash": budget_hash},
    )


async def consume(tx: Transaction, **limits: Any) -> bool:
    """Redeem exactly this code: true once, for one caller, inside the limits."""
    call = consuming(**limits)
    return await tx.one(call.name, **call.arguments) is not None


def consuming(
    *,
    tenant_id: str,
    identity_hash: str,
    id: str,  # noqa: A002 - the column's name
    now: int,
    max_tries: int,
    budget_hash: str,
    budget: int,
    budget_since: int,
) -> Call:
    """The same, to be written together with what follows; it gives nothing to who comes late."""
    return Call(
        "codes.consume",
        {
            "tenant_id": tenant_id,
            "identity_hash": identity_hash,
            "id": id,
            "now": now,
            "max_tries": max_tries,
            "budget_hash": budget_hash,
            "budget": budget,
            "budget_since": budget_since,
        },
    )


async def count_failure(tx: Transaction, **limits: Any) -> bool:
    """Spend one try of exactly this code: false when it had none left."""
    call = counting_failure(**limits)
    return await tx.one(call.name, **call.arguments) is not None


def counting_failure(
    *,
    tenant_id: str,
    identity_hash: str,
    id: str,  # noqa: A002 - the column's name
    max_tries: int,
) -> Call:
    """The same, to be written together with what follows."""
    return Call(
        "codes.count_failure",
        {
            "tenant_id": tenant_id,
            "identity_hash": identity_hash,
            "id": id,
            "max_tries": max_tries,
        },
    )


def withdraw(tenant_id: str, identity_hash: str) -> Call:
    """Forget an identity's code; what is still to be mailed of it dies with it."""
    return Call("codes.withdraw", {"tenant_id": tenant_id, "identity_hash": identity_hash})


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` codes made before a time."""
    return await tx.run("codes.discard", before=before, batch=batch)


def _read(row: Row) -> CodeRow:
    return CodeRow(
        id=row["id"],
        key_id=row["key_id"],
        salt=row["salt"],
        digest=octets(row["digest"]),
        recipient_hash=row["recipient_hash"],
        tries=row["tries"],
        created_at=row["created_at"],
        consumed_at=row["consumed_at"],
        failures=row["failures"] or 0,
        since=row["since"] or 0,
        last_failure_at=row["last_at"] or 0,
    )
