"""Making a code: its characters go into the mail, a keyed hash goes into the database."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro import secrets
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Call
from carteiro.storage.mail import codes
from carteiro.storage.mail.subjects import Subject, SubjectKind
from carteiro.verification.identity import Identity
from carteiro.verification.policy import CodePolicy, draw


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A fresh code. ``store`` replaces the identity's older one; commit it with the message.

    ``subject`` is what the message is about: with the code it dies.
    """

    code: str = field(repr=False)
    recipient_hash: str
    subject: Subject
    store: Call = field(repr=False)


def issue(
    identity: Identity, *, keys: Keyring, now: int, message_id: str, policy: CodePolicy
) -> IssuedCode:
    """Draw a code and bind its hash to the identity, a salt and the newest key."""
    code = draw(policy)
    salt = secrets.salt()
    slot, recipient = identity.hash(keys), identity.recipient_hash(keys)
    store = codes.replace(
        tenant_id=identity.tenant_id,
        identity_hash=slot,
        id=secrets.standard_id(),
        type=identity.type,
        key_id=keys.primary,
        salt=salt,
        digest=keys.code_digest(slot, salt, code),
        recipient_hash=recipient,
        created_at=now,
        message_id=message_id,
    )
    subject = Subject(kind=SubjectKind.CODE, id=slot)
    return IssuedCode(code=code, recipient_hash=recipient, subject=subject, store=store)
