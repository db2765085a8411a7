"""What a step asks by key, asked with the row that names the key: one round trip for both.

Whoever asks for a person or a grant by their id is answered by what was found here, if it is the
same one (``drivers.asked``). Where the row was waited for and reads otherwise by then, it is
another one, and is asked for as ever.
"""

from __future__ import annotations

from carteiro.storage.drivers.database import Question
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.sign_in.tokens import TokenKind

_PERSON, _GRANT = "users.get", "grants.get"


def person_of_session(tenant_id: str, secret_hash: bytes) -> Question:
    """Whose session somebody shows the secret of."""
    values = {"tenant_id": tenant_id, "secret_hash": secret_hash}
    return Question("ahead.person_of_session", values, _PERSON)


def person_of_interaction(tenant_id: str, uid: str) -> Question:
    """Who has signed in in an interaction; nobody where it asked for a consent."""
    return Question("ahead.person_of_interaction", {"tenant_id": tenant_id, "uid": uid}, _PERSON)


def person_of_token(tenant_id: str, kind: TokenKind, value_hash: bytes) -> Question:
    """Whose token somebody shows."""
    values = {"tenant_id": tenant_id, "kind": kind.value, "value_hash": value_hash}
    return Question("ahead.person_of_token", values, _PERSON)


def grant_of_token(tenant_id: str, kind: TokenKind, value_hash: bytes, now: int) -> Question:
    """The grant that it comes from."""
    values = {"tenant_id": tenant_id, "kind": kind.value, "value_hash": value_hash, "now": now}
    return Question("ahead.grant_of_token", values, _GRANT)


def grant_of_interaction(tenant_id: str, uid: str, now: int) -> Question:
    """What the application was granted in an interaction."""
    values = {"tenant_id": tenant_id, "uid": uid, "now": now}
    return Question("ahead.grant_of_interaction", values, _GRANT)


def grant_of_session(tenant_id: str, secret_hash: bytes, client_id: str, now: int) -> Question:
    """What a session holds for an application."""
    values = {
        "tenant_id": tenant_id,
        "secret_hash": secret_hash,
        "client_id": client_id,
        "now": now,
    }
    return Question(_HELD, values, _GRANT)


def grant_of_session_there(tenant_id: str, secret_hash: bytes, uid: str, now: int) -> Question:
    """What a session holds for the application of an interaction."""
    values = {"tenant_id": tenant_id, "secret_hash": secret_hash, "uid": uid, "now": now}
    return Question(_HELD_THERE, values, _GRANT)


_HELD_IS = (
    "SELECT * FROM grants WHERE tenant_id = :tenant_id AND expires_at + 0 > :now AND id = ("
    "SELECT {grant_id} FROM browser_sessions{held} "
    "WHERE tenant_id = :tenant_id AND secret_hash = :secret_hash{matches})"
)
_HERE = "CAST(:client_id AS VARCHAR)"
_THERE = "(SELECT client_id FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid)"


def _held(name: str, client_id: str) -> Statement:
    postgres = f"CAST(authorizations AS JSON) -> {client_id} ->> 'grantId'"
    # Its own arrow reads what stands to its right as a path.
    return Statement.of(
        name,
        _HELD_IS.format(grant_id=postgres, held="", matches=""),
        sqlite=_HELD_IS.format(
            grant_id="json_extract(held.value, '$.grantId')",
            held=", json_each(authorizations) AS held",
            matches=f" AND held.key = {client_id}",
        ),
    )


_HELD = _held("ahead.grant_of_session", _HERE)
_HELD_THERE = _held("ahead.grant_of_session_there", _THERE)
