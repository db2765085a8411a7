"""Codes, tokens and pushed requests: whatever opens something by its value, kept as a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from carteiro.model import json_text
from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.rows import octets
from carteiro.storage.drivers.statements import STATEMENTS, Statement


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
    session_ends_at: int | None = None
    """When that session is over; ``None`` where it is over already."""

    def lives(self, now: int) -> bool:
        """Whether its time is not over, nor that of the session with which it ends."""
        in_time = self.session_uid is None or (self.session_ends_at or 0) > now
        return in_time and self.expires_at > now


async def create(tx: Transaction, new: StoredToken) -> None:
    """Store one. Raises ``UniqueViolation``, or ``RelationNotFound`` where its grant is over."""
    await tx.put(creating(new))


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
            "content": json_text.write(new.content),
            "created_at": new.created_at,
            "expires_at": new.expires_at,
        },
    )


async def find(
    tx: Transaction, tenant_id: str, kind: TokenKind, value_hash: bytes
) -> StoredToken | None:
    """The token whose value somebody shows, whether or not its time is over."""
    return await _found(tx, asked(tenant_id, kind, value_hash))


async def lock(
    tx: Transaction, tenant_id: str, kind: TokenKind, value_hash: bytes
) -> StoredToken | None:
    """The same, and nobody else uses it until this unit ends."""
    return await _found(tx, asked_lock(tenant_id, kind, value_hash))


def asked(tenant_id: str, kind: TokenKind, value_hash: bytes) -> Question:
    """What ``find`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "value_hash": value_hash, "kind": kind.value}
    return Question("oidc_tokens.get", values)


def asked_lock(tenant_id: str, kind: TokenKind, value_hash: bytes) -> Question:
    """What ``lock`` asks, to be asked together with what else is needed."""
    return replace(asked(tenant_id, kind, value_hash), statement=_LOCK)


async def consume(tx: Transaction, token: StoredToken, now: int) -> None:
    """Use up a token; what was used before stays used since then."""
    await tx.put(consuming(token.tenant_id, token.value_hash, now))


def consuming(tenant_id: str, value_hash: bytes, now: int) -> Call:
    """The same; it gives nothing to who comes late."""
    values = {"tenant_id": tenant_id, "value_hash": value_hash, "now": now}
    return Call("oidc_tokens.consume", values)


async def end(tx: Transaction, token: StoredToken) -> None:
    """Take one away."""
    values = {"tenant_id": token.tenant_id, "value_hash": token.value_hash}
    await tx.put(Call("oidc_tokens.end", values))


async def end_with_session(tx: Transaction, tenant_id: str, session_uid: str) -> None:
    """Take away what lives only as long as a session."""
    await tx.run("oidc_tokens.end_with_session", tenant_id=tenant_id, session_uid=session_uid)


def ending_of_session(tenant_id: str, session_uid: str, *, kept: bytes) -> list[Call]:
    """The same, together with what else becomes true then; the token ``kept`` outlives it."""
    of_session = {"tenant_id": tenant_id, "session_uid": session_uid}
    return [
        Call("oidc_tokens.end_of_session_but", {**of_session, "kept": kept}),
        Call("oidc_tokens.outlive_session", {**of_session, "value_hash": kept}),
    ]


def ending_of_grant(tenant_id: str, grant_id: str, *, kept: bytes) -> Call:
    """Take away the tokens of a grant but ``kept``."""
    return Call(
        "oidc_tokens.end_of_grant_but",
        {"tenant_id": tenant_id, "grant_id": grant_id, "kept": kept},
    )


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("oidc_tokens.discard", now=now, batch=batch)


# On SQLite a unit that writes is alone already.
_GET = STATEMENTS["oidc_tokens.get"].sql
_LOCK = Statement.of("oidc_tokens.lock", f"{_GET} FOR UPDATE", sqlite=_GET)


async def _found(tx: Transaction, question: Question) -> StoredToken | None:
    row = await tx.one(question.statement, **question.arguments)
    return None if row is None else _read(row)


def _read(row: Row) -> StoredToken:
    return StoredToken(
        tenant_id=row["tenant_id"],
        value_hash=octets(row["value_hash"]),
        kind=TokenKind(row["kind"]),
        client_id=row["client_id"],
        grant_id=row["grant_id"],
        account_id=row["account_id"],
        session_uid=row["session_uid"],
        content=json_text.read(row["content"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        consumed_at=row["consumed_at"],
        session_ends_at=row["session_ends_at"],
    )
