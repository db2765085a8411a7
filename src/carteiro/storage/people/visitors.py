"""The person whom an interaction's record names, found in the statement that reads the record.

What is found here may be older than the interaction's lock, so it is compared with the record.
"""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow


def asked_person(tenant_id: str, uid: str) -> Question:
    """Whom the stored record names, locked: asked with the interaction's own lock."""
    return Question(_PERSON, {"tenant_id": tenant_id, "uid": uid})


async def person(tx: Transaction, tenant_id: str, uid: str) -> UserRow | None:
    """The answer. It may be of an older record: the person is to be compared."""
    row = await tx.one(_PERSON, tenant_id=tenant_id, uid=uid)
    return None if row is None else users.row_of(row)


def asked_browsers(tenant_id: str, uid: str) -> Question:
    """Whether that person is known by any browser: asked with the interaction's own lock."""
    return Question(_BROWSERS, {"tenant_id": tenant_id, "uid": uid})


async def has_browsers(tx: Transaction, tenant_id: str, uid: str) -> bool:
    """The answer. It may be of an older record, as ``person`` is."""
    return await tx.one(_BROWSERS, tenant_id=tenant_id, uid=uid) is not None


def asked_owner(tenant_id: str, uid: str, proof_id: str) -> Question:
    """Whom one of the record's proofs names: asked with the interaction's lock."""
    return Question(_OWNER, {"tenant_id": tenant_id, "uid": uid, "proof_id": proof_id})


async def owner(tx: Transaction, tenant_id: str, uid: str, proof_id: str) -> UserRow | None:
    """The answer. It is a guess: whether the proof names this person is to be looked at."""
    row = await tx.one(_OWNER, tenant_id=tenant_id, uid=uid, proof_id=proof_id)
    return None if row is None else users.row_of(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What there is about an address before an account is made for it."""

    key: str
    """The address, as all its spellings are found by."""
    taken: bool
    organization_ids: tuple[str, ...]
    """Those that people with an address of this domain join by themselves."""


def asked_newcomer(tenant_id: str, uid: str, proof_id: str) -> Question:
    """What is known about the address of a proof: asked with the lock of a registration."""
    return Question(_NEWCOMER, {"tenant_id": tenant_id, "uid": uid, "proof_id": proof_id})


async def newcomer(tx: Transaction, tenant_id: str, uid: str, proof_id: str) -> Newcomer | None:
    """The answer; ``None`` where the proof is of no address, or cannot be read here."""
    rows = await tx.all(_NEWCOMER, tenant_id=tenant_id, uid=uid, proof_id=proof_id)
    # A quoted local part may hold the sign by which the domain is found.
    if not rows or rows[0]["key"].count("@") != 1:
        return None
    joined = tuple(row["organization_id"] for row in rows if row["organization_id"] is not None)
    taken = rows[0]["owner"] is not None
    return Newcomer(key=rows[0]["key"], taken=taken, organization_ids=joined)


# A text with a NUL in it is no JSON to PostgreSQL; then nobody is found here.
_JSON = "CASE WHEN strpos(record, '\\u0000') = 0 THEN CAST(record AS JSON) END"
_PERSON_IS = (
    "UPDATE users SET id = id WHERE tenant_id = :tenant_id AND id = (SELECT {user_id} "
    "FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid) RETURNING *"
)
_PERSON = Statement.of(
    "interactions.person",
    _PERSON_IS.format(user_id=f"({_JSON}) ->> 'userId'"),
    sqlite=_PERSON_IS.format(user_id="json_extract(record, '$.userId')"),
)
_BROWSERS_ARE = (
    "SELECT user_id FROM known_browsers WHERE tenant_id = :tenant_id AND user_id = (SELECT "
    "{user_id} FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid) LIMIT 1"
)
_BROWSERS = Statement.of(
    "interactions.browsers",
    _BROWSERS_ARE.format(user_id=f"({_JSON}) ->> 'userId'"),
    sqlite=_BROWSERS_ARE.format(user_id="json_extract(record, '$.userId')"),
)
# The proof is read by itself, and all whom it names are found: of a join of the two that ends with
# the first, a planner may read people one after the other, and be done sooner where there is one.
_OWNER_IS = (
    "WITH proof AS MATERIALIZED (SELECT {holder} AS holder, {key} AS key, {value} AS value "
    "FROM interactions CROSS JOIN {proofs} AS proof "
    "WHERE interactions.tenant_id = :tenant_id AND interactions.uid = :uid AND {id} = :proof_id "
    "LIMIT 1) "
    "SELECT * FROM users WHERE tenant_id = :tenant_id AND (id = (SELECT holder FROM proof) "
    "OR email_key = (SELECT key FROM proof) OR primary_phone = (SELECT value FROM proof))"
)
_OWNER = Statement.of(
    "interactions.owner",
    _OWNER_IS.format(
        proofs=f"LATERAL json_array_elements(({_JSON}) -> 'verificationRecords')",
        holder="(proof.value ->> 'holder')",
        key="(proof.value ->> 'key')",
        value="(proof.value #>> '{identifier,value}')",
        id="(proof.value ->> 'id')",
    ),
    sqlite=_OWNER_IS.format(
        proofs="json_each(interactions.record, '$.verificationRecords')",
        holder="json_extract(proof.value, '$.holder')",
        key="json_extract(proof.value, '$.key')",
        value="json_extract(proof.value, '$.identifier.value')",
        id="json_extract(proof.value, '$.id')",
    ),
)
_NEWCOMER_IS = (
    "SELECT DISTINCT {key} AS key, users.id AS owner, joined.organization_id "
    "FROM interactions CROSS JOIN {proofs} AS proof "
    "LEFT JOIN users ON users.tenant_id = interactions.tenant_id AND users.email_key = {key} "
    "LEFT JOIN organization_jit_email_domains AS joined "
    "ON joined.tenant_id = interactions.tenant_id AND joined.domain_key = {domain} "
    "WHERE interactions.tenant_id = :tenant_id AND interactions.uid = :uid AND {id} = :proof_id "
    "AND {key} IS NOT NULL AND {event} = 'Register' ORDER BY joined.organization_id"
)
_KEY = "json_extract(proof.value, '$.key')"
_NEWCOMER = Statement.of(
    "interactions.newcomer",
    _NEWCOMER_IS.format(
        proofs=f"LATERAL json_array_elements(({_JSON}) -> 'verificationRecords')",
        key="(proof.value ->> 'key')",
        domain="split_part(proof.value ->> 'key', '@', 2)",
        id="(proof.value ->> 'id')",
        event=f"({_JSON}) ->> 'interactionEvent'",
    ),
    sqlite=_NEWCOMER_IS.format(
        proofs="json_each(interactions.record, '$.verificationRecords')",
        key=_KEY,
        domain=f"substr({_KEY}, instr({_KEY}, '@') + 1)",
        id="json_extract(proof.value, '$.id')",
        event="json_extract(interactions.record, '$.interactionEvent')",
    ),
)
