"""Interactions: one row for each person who is on the way from an application to a session.

The ``uid`` only finds the row. Who may take a step is proved by signed cookies, and who may go on
to the application by the resume secret, of which a hash is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from carteiro.model import json_text
from carteiro.storage.drivers.asked import Asked, Asks
from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.rows import octets
from carteiro.storage.drivers.statements import STATEMENTS, Statement

Record = Mapping[str, Any]


class Prompt(StrEnum):
    """What the person is asked for."""

    LOGIN = "login"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One of them as stored. Times are milliseconds since the epoch."""

    tenant_id: str
    uid: str
    client_id: str
    prompt: Prompt
    params: Mapping[str, Any]
    """The authorization request; ``resource`` is a list."""
    record: Record | None = field(default=None, repr=False)
    """What the person has done so far (Experience API); ``None`` before the first step."""
    language: Mapping[str, Any] | None = None
    """The decision on the language, made once: page, mail and webhook use it."""
    account_id: str | None = None
    """Who has signed in here; of a consent, who is asked."""
    submitted_at: int | None = None
    """When that was answered which ``prompt`` asks for."""
    session_uid: str | None = None
    """The browser's session when the interaction began."""
    grant_id: str | None = None
    """What the application was granted here."""
    resume_hash: bytes = field(repr=False)
    version: int = 0
    created_at: int
    expires_at: int


async def create(tx: Transaction, new: Interaction) -> None:
    """Begin one."""
    values = {
        "tenant_id": new.tenant_id,
        "uid": new.uid,
        "resume_hash": new.resume_hash,
        "client_id": new.client_id,
        "prompt": new.prompt,
        "params": json_text.write(new.params),
        "record": _maybe(new.record),
        "language": _maybe(new.language),
        "account_id": new.account_id,
        "session_uid": new.session_uid,
        "grant_id": new.grant_id,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    await tx.put(Call("interactions.create", values))


async def get(tx: Transaction, tenant_id: str, uid: str, now: int) -> Interaction | None:
    """One that is not over."""
    one = asked(tenant_id, uid, now)
    row = await tx.one(one.statement, **one.arguments)
    return None if row is None else read_row(row)


def asked(tenant_id: str, uid: str, now: int) -> Question:
    """What ``get`` asks, to be asked together with what else is needed."""
    return Question("interactions.get", {"tenant_id": tenant_id, "uid": uid, "now": now})


async def lock(tx: Transaction, tenant_id: str, uid: str, now: int) -> Interaction | None:
    """One that is not over, in which nobody else takes a step until this unit ends."""
    row = await tx.one(_LOCK, tenant_id=tenant_id, uid=uid, now=now)
    return None if row is None else read_row(row)


async def lock_and_ask(
    tx: Transaction, tenant_id: str, uid: str, now: int, asks: Asks
) -> tuple[Interaction | None, Transaction]:
    """The same, and in the same round trip the answers to what the step is going to ask.

    They may be older than the lock, by as long as it was waited for: what a step decides by them,
    it writes under the condition that it still holds. Returns the transaction that has them.
    """
    questions = asks() if tx.is_far else ()
    if not questions:
        return await lock(tx, tenant_id, uid, now), tx
    locking = Question(_LOCK, {"tenant_id": tenant_id, "uid": uid, "now": now})
    locked, *answers = await tx.ask(locking, *questions)
    return read_row(locked[0]) if locked else None, Asked(tx, questions, answers)


async def save_record(
    tx: Transaction,
    tenant_id: str,
    uid: str,
    record: Record,
    *,
    language: Mapping[str, Any] | None = None,
) -> None:
    """Store what the person has done so far; a ``language`` is stored with it, none changes none.

    The interaction is locked by this unit.
    """
    await tx.run(
        "interactions.save_record",
        tenant_id=tenant_id,
        uid=uid,
        record=json_text.write(record),
        language=_maybe(language),
    )


def saving(
    tenant_id: str, uid: str, record: Record, *, language: Mapping[str, Any] | None = None
) -> Call:
    """The same, to be written together with what else becomes true then."""
    return Call(
        "interactions.save_record",
        {
            "tenant_id": tenant_id,
            "uid": uid,
            "record": json_text.write(record),
            "language": _maybe(language),
        },
    )


def clearing(tenant_id: str, uid: str, *, language: Mapping[str, Any] | None) -> Call:
    """Take the record away, and go on in no session."""
    return Call(
        "interactions.clear",
        {"tenant_id": tenant_id, "uid": uid, "language": _maybe(language)},
    )


def beginning(
    tenant_id: str, uid: str, record: Record, *, language: Mapping[str, Any] | None
) -> Call:
    """Store the record with which somebody begins; an earlier login in this one is void."""
    return Call(
        "interactions.begin",
        {
            "tenant_id": tenant_id,
            "uid": uid,
            "record": json_text.write(record),
            "language": _maybe(language),
        },
    )


async def submit_login(
    tx: Transaction,
    tenant_id: str,
    uid: str,
    *,
    account_id: str,
    record: Record | None,
    now: int,
) -> None:
    """Store who has signed in, with the last state of the record. It is locked by this unit."""
    call = submitting(tenant_id, uid, account_id=account_id, record=record, now=now)
    await tx.run(call.name, **call.arguments)


def submitting(
    tenant_id: str, uid: str, *, account_id: str, record: Record | None, now: int
) -> Call:
    """The same, to be written together with what else becomes true then."""
    return Call(
        "interactions.submit_login",
        {
            "tenant_id": tenant_id,
            "uid": uid,
            "account_id": account_id,
            "record": _maybe(record),
            "now": now,
        },
    )


async def submit_consent(
    tx: Transaction, tenant_id: str, uid: str, *, grant_id: str | None, now: int
) -> None:
    """Store what the application is granted, nothing where it is refused. Locked by this unit."""
    values = {"tenant_id": tenant_id, "uid": uid, "grant_id": grant_id, "now": now}
    await tx.put(Call("interactions.submit_consent", values))


async def adopt_session(tx: Transaction, tenant_id: str, uid: str, session_uid: str | None) -> None:
    """Go on in another session of the browser, or in none. It is locked by this unit."""
    values = {"tenant_id": tenant_id, "uid": uid, "session_uid": session_uid}
    await tx.put(Call("interactions.adopt_session", values))


async def restate(tx: Transaction, tenant_id: str, uid: str, params: Mapping[str, Any]) -> None:
    """Store another request of the application. It is locked by this unit."""
    values = {"tenant_id": tenant_id, "uid": uid, "params": json_text.write(params)}
    await tx.put(Call("interactions.restate", values))


async def end(tx: Transaction, tenant_id: str, uid: str) -> None:
    """Take one away. It is locked by this unit."""
    await tx.put(Call("interactions.end", {"tenant_id": tenant_id, "uid": uid}))


def ending_of_account(tenant_id: str, account_id: str, *, beside: str | None) -> Call:
    """Take away those in which somebody has signed in and has not gone on yet, but for one."""
    return Call(
        "interactions.end_of_account",
        {"tenant_id": tenant_id, "account_id": account_id, "beside": beside or ""},
    )


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("interactions.discard", now=now, batch=batch)


# On SQLite a unit that writes is alone already.
_GET = STATEMENTS["interactions.get"].sql
_LOCK = Statement.of("interactions.lock", f"{_GET} FOR UPDATE", sqlite=_GET)


def _maybe(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json_text.write(value)


def read_row(row: Row) -> Interaction:
    """An interaction from its row."""
    return Interaction(
        tenant_id=row["tenant_id"],
        uid=row["uid"],
        client_id=row["client_id"],
        prompt=Prompt(row["prompt"]),
        params=json_text.read(row["params"]),
        record=None if row["record"] is None else json_text.read(row["record"]),
        language=None if row["language"] is None else json_text.read(row["language"]),
        account_id=row["account_id"],
        submitted_at=row["submitted_at"],
        session_uid=row["session_uid"],
        grant_id=row["grant_id"],
        resume_hash=octets(row["resume_hash"]),
        version=row["version"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
