"""What somebody who is signed in proves, so that they may change their account.

A proof is its maker's alone; in which application they made it stands beside it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRow:
    """One of them. Times are milliseconds since the epoch.

    ``template`` is what a code is for and ``address`` where it went; a password has neither.
    """

    tenant_id: str
    id: str
    user_id: str
    client_id: str
    type: str
    template: str | None = None
    address: str | None = None
    verified: bool = False
    created_at: int
    expires_at: int


def adding(row: VerificationRow) -> Call:
    """Store one, together with what else becomes true then."""
    return Call("verifications.add", asdict(row))


def superseding(row: VerificationRow) -> Call:
    """Forget the codes that this one takes the place of; what they proved already stays."""
    names = ("tenant_id", "user_id", "client_id", "template", "address", "id")
    return Call("verifications.supersede", {name: getattr(row, name) for name in names})


def of_bearer(tenant_id: str, id: str, value_hash: bytes, now: int) -> Question:  # noqa: A002 - the column's name
    """The proof ``id`` of whoever shows a token, while it lasts; another's is not found."""
    return Question(
        "verifications.of_bearer",
        {"tenant_id": tenant_id, "id": id, "value_hash": value_hash, "now": now},
    )


async def find(tx: Transaction, asked: Question) -> VerificationRow | None:
    """The answer to ``of_bearer``."""
    row = await tx.one(asked.statement, **asked.arguments)
    return None if row is None else value_of(VerificationRow, row)


def proving(tenant_id: str, id: str) -> Call:  # noqa: A002 - the column's name
    """Note that it is proven; nothing is found where it is gone."""
    return Call("verifications.prove", {"tenant_id": tenant_id, "id": id, "verified": True})


def forgetting_others(tenant_id: str, user_id: str, *, kept: str, template: str) -> Call:
    """Forget a person's passwords and codes of one ``template``, but for the proof ``kept``."""
    return Call(
        "verifications.forget_others",
        {"tenant_id": tenant_id, "user_id": user_id, "kept": kept, "template": template},
    )


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("verifications.discard", now=now, batch=batch)
