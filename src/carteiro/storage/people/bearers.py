"""Whoever shows an access token: the person with what the token says, in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass

from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.statements import STATEMENTS, Statement
from carteiro.storage.people.users import UserRow, row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerRow:
    """A person, and the token by which they come.

    ``is_third_party`` is ``None`` where no application of this id is stored: it is one of the
    service's own, or gone. Times are milliseconds since the epoch.
    """

    user: UserRow
    client_id: str
    grant_id: str | None
    session_uid: str | None
    scopes: frozenset[str]
    expires_at: int
    is_third_party: bool | None


def asked_bearer(tenant_id: str, value_hash: bytes, *, locked: bool = False) -> Question:
    """Who shows a token; ``locked``: nobody else changes that person until the unit ends."""
    which = _LOCK if locked else _FIND
    return Question(which, {"tenant_id": tenant_id, "value_hash": value_hash})


async def find(tx: Transaction, asked: Question) -> BearerRow | None:
    """The answer to ``asked_bearer``, whether or not the token's time is over."""
    row = await tx.one(asked.statement, **asked.arguments)
    return None if row is None else _read(row)


def still(tenant_id: str, value_hash: bytes, proof_id: str | None) -> Call:
    """Whether the token and the proof are there yet; it gives nothing where one of them is gone.

    Whoever waits for a person's lock has read both before it was theirs.
    """
    values = {"tenant_id": tenant_id, "value_hash": value_hash, "proof_id": proof_id or ""}
    return Call("bearers.still", values)


# On SQLite a unit that writes is alone already.
_FIND = STATEMENTS["bearers.find"]
_LOCK = Statement.of("bearers.lock", f"{_FIND.sql} FOR UPDATE OF users", sqlite=_FIND.sql)


def _read(row: Row) -> BearerRow:
    third = row["client_is_third_party"]
    return BearerRow(
        user=row_of(row),
        client_id=row["token_client_id"],
        grant_id=row["token_grant_id"],
        session_uid=row["token_session_uid"],
        scopes=frozenset(json.loads(row["token_content"])["scope"].split()),
        expires_at=row["token_expires_at"],
        is_third_party=None if row["client_found"] is None else bool(third),
    )
