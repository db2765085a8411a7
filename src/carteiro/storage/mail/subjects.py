"""What messages are about, and what has become of it: a code, a link, an invitation, a change.

A message is dead with its subject. That is asked in the statement that takes the message in hand:
each subject is found by its key, and a message costs no round trip more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement


class SubjectKind(StrEnum):
    """Which table a subject is in."""

    CODE = "code"
    """By the hash of its identity; it is the message's own code as long as it names it."""
    TOKEN = "token"  # noqa: S105 - a table's name
    INVITATION = "invitation"
    NOTICE = "notice"
    """By its type: it is one too many unless it has the recipient's turn for it."""
    VOID = "void"
    """It is dead whatever it was; the id says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A row that a message is about."""

    kind: SubjectKind
    id: str


ALIVE = "alive"

FATE = (
    "CASE messages.subject_kind "
    "WHEN 'code' THEN COALESCE((SELECT CASE WHEN codes.message_id <> messages.id THEN 'superseded' "
    "WHEN codes.consumed_at IS NOT NULL THEN 'redeemed' ELSE 'alive' END FROM codes "
    "WHERE codes.tenant_id = messages.tenant_id AND codes.identity_hash = messages.subject_id"
    "), 'expired') "
    "WHEN 'token' THEN COALESCE((SELECT CASE WHEN one_time_tokens.status <> 'active' "
    "THEN one_time_tokens.status WHEN one_time_tokens.expires_at < :now THEN 'expired' "
    "ELSE 'alive' END FROM one_time_tokens WHERE one_time_tokens.tenant_id = messages.tenant_id "
    "AND one_time_tokens.id = messages.subject_id), 'deleted') "
    "WHEN 'invitation' THEN COALESCE((SELECT CASE WHEN invited.status <> 'Pending' "
    "THEN LOWER(invited.status) WHEN invited.expires_at < :now THEN 'expired' ELSE 'alive' END "
    "FROM organization_invitations AS invited WHERE invited.tenant_id = messages.tenant_id "
    "AND invited.id = messages.subject_id), 'deleted') "
    "WHEN 'notice' THEN CASE WHEN EXISTS (SELECT 1 FROM notices "
    "WHERE notices.tenant_id = messages.tenant_id "
    "AND notices.recipient_hash = messages.recipient_hash "
    "AND notices.type = messages.subject_id AND notices.message_id = messages.id) "
    "THEN 'alive' ELSE 'repeated' END "
    "WHEN 'void' THEN messages.subject_id ELSE 'alive' END"
)
"""``alive``, or how the subject ended; a code that is gone has outlived every policy."""
TRIES = (
    "CASE messages.subject_kind WHEN 'code' THEN (SELECT codes.tries FROM codes "
    "WHERE codes.tenant_id = messages.tenant_id AND codes.identity_hash = messages.subject_id) END"
)
"""How many wrong tries the code has seen; the tenant's policy says how many it bears."""
_FATE_OF = Statement.of(
    "subjects.fate",
    f"SELECT {FATE} AS fate, {TRIES} AS tries FROM messages "  # noqa: S608 - fixed pieces
    "WHERE messages.tenant_id = :tenant_id AND messages.id = :id",
)


async def fate(
    tx: Transaction,
    tenant_id: str,
    message_id: str,
    *,
    now: int,
) -> tuple[str, int | None]:
    """What has become of a message's subject, and the tries of its code; alive without a row."""
    row = await tx.one(_FATE_OF, tenant_id=tenant_id, id=message_id, now=now)
    return (row["fate"], row["tries"]) if row else (ALIVE, None)


async def void(tx: Transaction, tenant_id: str, recipient_hash: str, reason: str) -> None:
    """What waits for a recipient is dead from this moment, with this reason."""
    await tx.run("messages.void", tenant_id=tenant_id, recipient_hash=recipient_hash, reason=reason)
