"""What a page that asks for consent is going to ask by key, asked before any of the keys is known.

Who is asked stands in the session, what they are asked about in the interaction: each statement by
such a key is run beside the rows that hold it. Only where a statement is a round trip: a database
that is here is asked as ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from carteiro.storage.drivers.asked import Asked
from carteiro.storage.drivers.database import Question, Row, Transaction
from carteiro.storage.drivers.statements import Statement, statement_of
from carteiro.storage.sign_in import ahead, screens, sessions

_PERSON = (
    "(SELECT account_id FROM browser_sessions "
    "WHERE tenant_id = :tenant_id AND secret_hash = :secret_hash) AS whose"
)
# A NUL in any of the texts would be an error where one of them is read.
_RESOURCES = (
    "(SELECT DISTINCT json_array_elements_text(CASE WHEN strpos(params, '\\u0000') = 0 THEN "
    "CASE json_typeof(CAST(params AS json) -> 'resource') WHEN 'array' "
    "THEN CAST(params AS json) -> 'resource' END END) AS indicator FROM interactions "
    "WHERE tenant_id = :tenant_id AND uid = :uid) AS wanted"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What is asked: at once, of a person by their id, and of them and a resource by its indicator.

    The statements name these ``:owner_id`` or ``:user_id``, and ``:indicator``.
    """

    known: Sequence[Question]
    of_person: Callable[[str], Sequence[Question]]
    of_resource: Callable[[str, str], Sequence[Question]]


async def ask(
    tx: Transaction, tenant_id: str, *, uid: str, secret_hash: bytes | None, asks: Asks, now: int
) -> Transaction:
    """Ask all of it in one round trip; the transaction that has the answers."""
    if not tx.is_far or secret_hash is None:
        return tx
    asked = [
        screens.asked(tenant_id, uid, now),
        sessions.asked(tenant_id, secret_hash, now),
        ahead.person_of_session(tenant_id, secret_hash),
        ahead.grant_of_session_there(tenant_id, secret_hash, uid, now),
        ahead.grant_of_interaction(tenant_id, uid, now),
        *asks.known,
    ]
    keys = {"secret_hash": secret_hash, "uid": uid}
    spread = [
        Question(_beside(statement_of(one.statement)), {**keys, **one.arguments})
        for one in (*asks.of_person(""), *asks.of_resource("", ""))
    ]
    found = await tx.ask(*asked, *spread)
    answers, others = found[: len(asked)], found[len(asked) :]
    interaction, session, *_ = answers
    if interaction and session:
        for question, rows in _by_key(asks, interaction[0], session[0], others):
            asked.append(question)
            answers.append(rows)
    return Asked(tx, asked, answers)


def _by_key(
    asks: Asks, interaction: Row, session: Row, found: Sequence[list[Row]]
) -> Iterator[tuple[Question, list[Row]]]:
    """What is going to be asked now that the keys are known, with its answer."""
    account_id = session["account_id"]
    theirs = asks.of_person(account_id)
    yield from zip(theirs, found, strict=False)
    wanted = json.loads(interaction["params"]).get("resource")
    for indicator in wanted if isinstance(wanted, list) else ():
        there = asks.of_resource(account_id, indicator)
        for question, rows in zip(there, found[len(theirs) :], strict=True):
            yield question, [row for row in rows if row["wanted_indicator"] == indicator]


@cache
def _beside(statement: Statement) -> Statement:
    """A statement run for the person of a session, and for each resource of an interaction."""
    text = statement.sql
    for name in (":owner_id", ":user_id"):
        text = text.replace(name, "whose.account_id")
    columns, tables = "answer.*", _PERSON
    if ":indicator" in text:
        text = text.replace(":indicator", "wanted.indicator")
        columns, tables = (
            f"{columns}, wanted.indicator AS wanted_indicator",
            f"{tables}, {_RESOURCES}",
        )
    return Statement.of(
        f"consent_ahead.{statement.name.rpartition('.')[2]}",
        f"SELECT {columns} FROM {tables} CROSS JOIN LATERAL ({text}) AS answer",  # noqa: S608 - fixed pieces
    )
