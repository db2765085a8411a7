"""Codes, tokens and pushed requests: whatever opens something by its value, kept as a hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from carteiro.storage.drivers.database import Call, Row, Transaction


class TokenKind(StrEnum):
    """What a value is good for."""

    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"
    REQUEST = "request"
    """An authorization request that was pushed (RFC 9126)."""
    ASSERTION = "assertion"
    """A client's assertion that was shown, so that it is not shown twice."""
    CONFIRMATION = "confirmation"
    """An operation that somebody is to confirm."""
    STATEMENT = "statement"
    """A statement of what somebody has confirmed that was acted on, so that it is not once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """One of them. Times are milliseconds since the epoch."""

    tenant_id: str
    value_hash: bytes = field(repr=False)
    kind: TokenKind
    client_id: str
    grant_id: str | None = None
    account_id: str | None = None
    session_uid: str | None = None
    """The session with which it ends; ``None`` where it outlives any."""
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    created_at: int
    expires_at: int
    consumed_at: int | None = None


async def create(tx: Transaction, new: StoredToken) -> None:
    """Store one. Raises ``UniqueViolation``, or ``RelationNotFound`` where its grant is over."""
    call = creating(new)
    await tx.run(call.name, **call.arguments)


def creating(new: StoredToken) -> Call:
    """The same, to be written together with what else becomes true then."""
    return Call(
        "oidc_tokens.create",
        {
            "tenant_id": new.tenant_id,
            "value_hash": new.value_hash,
            "kind": new.kind,
            "client_id": new.client_id,
            "grant_id": new.grant_id,
            "account_id": new.account_id,
            "session_uid": new.session_uid,
            "content": json.dumps(new.content, ensure_ascii=False),
            "created_at": new.created_at,
            "expires_at": new.expires_at,
        },
    )


async def find(
    tx: Transaction, tenant_id: str, kind: TokenKind, value_hash: bytes
) -> StoredToken | None:
    """The token whose value somebody shows, whether or not its time is over."""
    row = await tx.one("oidc_tokens.get", tenant_id=tenant_id, value_hash=value_hash, kind=kind)
    return None if row is None else _read(row)


async def consume(tx: Transaction, tenant_id: str, value_hash: bytes, now: int) -> bool:
    """Use one up: true once, for one caller."""
    call = consuming(tenant_id, value_hash, now)
    return await tx.one(call.name, **call.arguments) is not None


def consuming(tenant_id: str, value_hash: bytes, now: int) -> Call:
    """The same, to be written together with what follows; it gives nothing to who comes late."""
    return Call(
        "oidc_tokens.consume", {"tenant_id": tenant_id, "value_hash": value_hash, "now": now}
    )


async def end(tx: Transaction, tenant_id: str, value_hash: bytes) -> bool:
    """Take one away; false where it is gone."""
    return await tx.run("oidc_tokens.end", tenant_id=tenant_id, value_hash=value_hash) > 0


async def end_with_session(tx: Transaction, tenant_id: str, session_uid: str) -> None:
    """Take away what lives only as long as a session."""
    await tx.run("oidc_tokens.end_with_session", tenant_id=tenant_id, session_uid=session_uid)


def ending_of_session(tenant_id: str, session_uid: str, *, kept: bytes) -> Call:
    """The same, together with what else becomes true then; the token ``kept`` stays."""
    return Call(
        "oidc_tokens.end_of_session_but",
        {"tenant_id": tenant_id, "session_uid": session_uid, "kept": kept},
    )


def ending_of_grant(tenant_id: str, grant_id: str, *, kept: bytes) -> Call:
    """Take away the tokens of a grant but ``kept``."""
    return Call(
        "oidc_tokens.end_of_grant_but",
        {"tenant_id": tenant_id, "grant_id": grant_id, "kept": kept},
    )


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("oidc_tokens.discard", now=now, batch=batch)


def _read(row: Row) -> StoredToken:
    return StoredToken(
        tenant_id=row["tenant_id"],
        value_hash=bytes(row["value_hash"]),
        kind=TokenKind(row["kind"]),
        client_id=row["client_id"],
        grant_id=row["grant_id"],
        account_id=row["account_id"],
        session_uid=row["session_uid"],
        content=json.loads(row["content"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        consumed_at=row["consumed_at"],
    )
