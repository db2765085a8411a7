"""Operations that wait until somebody confirms them: tokens of a kind of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.sign_in import tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What somebody is asked to confirm, and for which application.

    ``words`` is how the mail says it, ``parameters_hash`` what it is done with. Times are
    milliseconds since the epoch.
    """

    tenant_id: str
    id: str
    application_id: str
    user_id: str
    operation: str
    words: str | None = field(default=None, repr=False)
    parameters_hash: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundConfirmation:
    """The same as it stands, and its person as they are by now: ``None`` for whoever is gone."""

    asked: Confirmation
    is_spent: bool
    address: str | None
    is_suspended: bool | None


def creating(new: Confirmation) -> Call:
    """Keep one until it is over."""
    return tokens.creating(
        StoredToken(
            tenant_id=new.tenant_id,
            value_hash=fingerprint(new.id),
            kind=TokenKind.CONFIRMATION,
            client_id=new.application_id,
            account_id=new.user_id,
            content={
                "operation": new.operation,
                "words": new.words,
                "parametersHash": new.parameters_hash,
            },
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )


def spending(tenant_id: str, id: str, now: int) -> Call:  # noqa: A002 - the wire's name
    """Confirmed: it gives nothing to who comes late."""
    return tokens.consuming(tenant_id, fingerprint(id), now)


async def find(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
) -> FoundConfirmation | None:
    """One of them, whether or not it is over."""
    row = await tx.one(
        "confirmations.find",
        tenant_id=tenant_id,
        value_hash=fingerprint(id),
        kind=TokenKind.CONFIRMATION,
    )
    if row is None:
        return None
    content = json.loads(row["content"])
    asked = Confirmation(
        tenant_id=tenant_id,
        id=id,
        application_id=row["client_id"],
        user_id=row["account_id"],
        operation=content["operation"],
        words=content["words"],
        parameters_hash=content["parametersHash"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
    suspended = row["is_suspended"]
    return FoundConfirmation(
        asked=asked,
        is_spent=row["consumed_at"] is not None,
        address=row["primary_email"],
        is_suspended=None if suspended is None else bool(suspended),
    )
