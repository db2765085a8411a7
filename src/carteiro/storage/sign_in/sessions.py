"""Browser sessions: who is signed in where. What the browser shows stands here as a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from carteiro.model import json_text
from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.rows import octets
from carteiro.storage.drivers.statements import STATEMENTS, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a session holds for one application."""

    sid: str
    """How the application's id tokens name the session."""
    grant_id: str
    outlives: bool = False
    """Whether the grant goes on when the session is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSession:
    """One of them. Times are milliseconds since the epoch."""

    tenant_id: str
    uid: str
    """Its public name; it opens nothing."""
    secret_hash: bytes = field(repr=False)
    account_id: str
    login_at: int
    authorizations: Mapping[str, Authorization] = field(default_factory=dict)
    """By the application's id."""
    last_submission: Mapping[str, Any] | None = field(default=None, repr=False)
    """The record of the interaction that ended last in it."""
    created_at: int
    expires_at: int


async def create(tx: Transaction, new: BrowserSession) -> None:
    """Begin one."""
    new_ones = {"account_id": new.account_id, "created_at": new.created_at}
    await tx.put(Call("browser_sessions.create", {**_changing(new), **new_ones}))


async def find(
    tx: Transaction, tenant_id: str, secret_hash: bytes, now: int
) -> BrowserSession | None:
    """The session whose secret somebody shows, while it lasts."""
    row = await tx.one(_SHOWN, tenant_id=tenant_id, secret_hash=secret_hash, now=now)
    return None if row is None else _read(row)


def asked(tenant_id: str, secret_hash: bytes, now: int) -> Question:
    """What ``find`` asks, to be asked together with what else is needed."""
    return Question(_SHOWN, {"tenant_id": tenant_id, "secret_hash": secret_hash, "now": now})


def asked_lock(tenant_id: str, secret_hash: bytes, now: int) -> Question:
    """What ``lock`` asks, to be asked together with what else is needed."""
    return Question(_LOCK, {"tenant_id": tenant_id, "secret_hash": secret_hash, "now": now})


async def lock(
    tx: Transaction, tenant_id: str, secret_hash: bytes, now: int
) -> BrowserSession | None:
    """The same, and nobody else changes it until this unit ends."""
    row = await tx.one(_LOCK, tenant_id=tenant_id, secret_hash=secret_hash, now=now)
    return None if row is None else _read(row)


async def save(tx: Transaction, session: BrowserSession) -> None:
    """Store a locked one as it is to be; its last submission where it has one."""
    await tx.put(saving(session))


async def of_account(
    tx: Transaction, tenant_id: str, account_id: str, *, now: int, most: int
) -> list[BrowserSession]:
    """Somebody's sessions that last, oldest first, at most so many."""
    rows = await tx.all(
        "browser_sessions.of_account",
        tenant_id=tenant_id,
        account_id=account_id,
        now=now,
        most=most,
    )
    return [_read(row) for row in rows]


async def lock_of_account(
    tx: Transaction, tenant_id: str, account_id: str, *, now: int, most: int
) -> list[BrowserSession]:
    """The same, which nobody else changes until this unit ends."""
    rows = await tx.all(
        _LOCK_OF_ACCOUNT, tenant_id=tenant_id, account_id=account_id, now=now, most=most
    )
    return [_read(row) for row in rows]


def asked_of_bearer(
    tenant_id: str, value_hash: bytes, *, now: int, most: int, locked: bool = False
) -> Question:
    """The same of whoever shows an access token; ``locked``: nobody else changes them meanwhile."""
    arguments = {"tenant_id": tenant_id, "value_hash": value_hash, "now": now, "most": most}
    return Question(_LOCK_OF_BEARER if locked else _OF_BEARER, arguments)


async def of_bearer(tx: Transaction, asked: Question) -> list[BrowserSession]:
    """The answer."""
    return [_read(row) for row in await tx.all(asked.statement, **asked.arguments)]


def saving(session: BrowserSession) -> Call:
    """Store a locked session's applications, together with what else becomes true then."""
    return Call("browser_sessions.save", _changing(session))


def ending(tenant_id: str, uid: str) -> Call:
    """Take one away, together with what else becomes true then."""
    return Call("browser_sessions.end", {"tenant_id": tenant_id, "uid": uid})


def ending_others(tenant_id: str, account_id: str, *, kept: str | None) -> Call:
    """Take all of somebody's away but ``kept``; ``None`` keeps none."""
    return Call(
        "browser_sessions.end_others",
        {"tenant_id": tenant_id, "account_id": account_id, "kept": kept or ""},
    )


async def end(tx: Transaction, tenant_id: str, uid: str) -> bool:
    """Take one away; false for whoever comes second."""
    return await tx.run("browser_sessions.end", tenant_id=tenant_id, uid=uid) > 0


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("browser_sessions.discard", now=now, batch=batch)


# On SQLite a unit that writes is alone already.
_SHOWN = "browser_sessions.by_secret"
_GET = STATEMENTS[_SHOWN].sql
_LOCK = Statement.of("browser_sessions.lock", f"{_GET} FOR UPDATE", sqlite=_GET)
_OF_BEARER = STATEMENTS["browser_sessions.of_bearer"]
_LOCK_OF_BEARER = Statement.of(
    "browser_sessions.lock_of_bearer",
    f"{_OF_BEARER.sql} FOR UPDATE OF browser_sessions",
    sqlite=_OF_BEARER.sql,
)
_ALL = STATEMENTS["browser_sessions.of_account"].sql
_LOCK_OF_ACCOUNT = Statement.of(
    "browser_sessions.lock_of_account", f"{_ALL} FOR UPDATE", sqlite=_ALL
)


def _changing(session: BrowserSession) -> dict[str, Any]:
    return {
        "tenant_id": session.tenant_id,
        "uid": session.uid,
        "secret_hash": session.secret_hash,
        "login_at": session.login_at,
        "expires_at": session.expires_at,
        "authorizations": _written(session.authorizations),
        "last_submission": _maybe(session.last_submission),
    }


def _written(authorizations: Mapping[str, Authorization]) -> str:
    return json_text.write(
        {
            client_id: {"sid": held.sid, "grantId": held.grant_id, "outlives": held.outlives}
            for client_id, held in authorizations.items()
        }
    )


def _maybe(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json_text.write(value)


def _read(row: Row) -> BrowserSession:
    values = {entry.name: row[entry.name] for entry in fields(BrowserSession)}
    submission = values["last_submission"]
    values["secret_hash"] = octets(values["secret_hash"])
    values["authorizations"] = {
        client_id: Authorization(
            sid=held["sid"], grant_id=held["grantId"], outlives=held["outlives"]
        )
        for client_id, held in json_text.read(values["authorizations"]).items()
    }
    values["last_submission"] = None if submission is None else json_text.read(submission)
    return BrowserSession(**values)
