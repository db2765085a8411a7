"""Entries of the audit log that name a person: found part by part, and written without the name.

This is the one way in which an entry is ever changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement

_JSON = "CASE WHEN strpos(payload, '\\u0000') = 0 THEN CAST(payload AS JSON) END"
_PART = (
    "SELECT id, user_id, payload FROM logs "
    "WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :most"
)
_LAST = Statement.of(
    "logs.part_end",
    f"SELECT MAX(id) AS last FROM ({_PART}) AS part",  # noqa: S608 - fixed pieces
)
_NAMING = (
    "SELECT * FROM (SELECT id, user_id, payload, CASE WHEN user_id = :user_id "
    "OR {message} IN (SELECT id FROM messages WHERE tenant_id = :tenant_id "
    "AND recipient_hash IN (:email_hash, :phone_hash)) "
    "OR {interaction} IN (SELECT {interaction} FROM logs "
    "WHERE tenant_id = :tenant_id AND user_id IN (:user_id, :pseudonym)) "
    "THEN 1 ELSE 0 END AS is_theirs FROM ({part}) AS part) AS found WHERE is_theirs = 1 "
    "OR LOWER(payload) LIKE CAST(:text_a AS VARCHAR) ESCAPE '!' "
    "OR LOWER(payload) LIKE CAST(:text_b AS VARCHAR) ESCAPE '!' "
    "OR LOWER(payload) LIKE CAST(:text_c AS VARCHAR) ESCAPE '!' "
    "OR LOWER(payload) LIKE CAST(:text_d AS VARCHAR) ESCAPE '!'"
)
_FOUND = Statement.of(
    "logs.naming",
    _NAMING.format(
        part=_PART,
        message=f"({_JSON}) ->> 'messageId'",
        interaction=f"({_JSON}) ->> 'interactionId'",
    ),
    sqlite=_NAMING.format(
        part=_PART,
        message="json_extract(payload, '$.messageId')",
        interaction="json_extract(payload, '$.interactionId')",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom entries are looked for: an id, hashes of addresses, and patterns for what is written.

    ``pseudonym`` is what the id is replaced with: other entries of an interaction may be read when
    the one that names the person is rewritten already.
    """

    tenant_id: str
    user_id: str
    pseudonym: str
    email_hash: str | None
    phone_hash: str | None
    texts: Sequence[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry that may name the person. ``user_id`` is whom it concerns; ``payload`` is JSON.

    One that ``is_theirs`` concerns them whatever it says; in any other a pattern was found, which
    may be a part of something longer.
    """

    id: str
    user_id: str | None
    payload: str
    is_theirs: bool


async def part(
    tx: Transaction, named: Named, *, after: str, most: int
) -> tuple[list[Entry], str | None]:
    """Those among the next ``most`` entries, and the last that was looked at; ``None`` for none."""
    end = await tx.one(_LAST, tenant_id=named.tenant_id, after=after, most=most)
    assert end is not None
    if end["last"] is None:
        return [], None
    text_a, text_b, text_c, text_d = [*named.texts, None, None, None, None][:4]
    rows = await tx.all(
        _FOUND,
        tenant_id=named.tenant_id,
        after=after,
        most=most,
        user_id=named.user_id,
        pseudonym=named.pseudonym,
        email_hash=named.email_hash,
        phone_hash=named.phone_hash,
        text_a=text_a,
        text_b=text_b,
        text_c=text_c,
        text_d=text_d,
    )
    found = [
        Entry(
            id=row["id"],
            user_id=row["user_id"],
            payload=row["payload"],
            is_theirs=bool(row["is_theirs"]),
        )
        for row in rows
    ]
    return found, end["last"]


async def rewrite(tx: Transaction, tenant_id: str, entry: Entry) -> None:
    """Store an entry as it is to be from now on."""
    await tx.run(
        "logs.rewrite",
        tenant_id=tenant_id,
        id=entry.id,
        user_id=entry.user_id,
        payload=entry.payload,
    )
