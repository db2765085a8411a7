"""What somebody who is signed in proves once more, and what a proof is good for (§3.1, 3.3)."""

from __future__ import annotations

from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType, ProofType
from carteiro.model.kinds import TemplateType
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.verifications import VerificationRow

LIFETIME = 600_000
"""Milliseconds for which a proof counts, from the moment at which it was begun."""
ASKED_FOR = (TemplateType.USER_PERMISSION_VALIDATION, TemplateType.BIND_MFA)
"""What a code for an address that the account has may be for; the first unless it is said."""
TYPED_INSIDE = (TemplateType.BIND_NEW_IDENTIFIER, *ASKED_FOR)


def address_of(user: UserRow, kind: IdentifierType) -> str | None:
    """The address or the number that the account has."""
    return user.primary_email if kind is IdentifierType.EMAIL else user.primary_phone


def is_new(user: UserRow, identifier: Identifier) -> bool:
    """Whether the account has another address, or none; the spelling counts."""
    return address_of(user, identifier.type) != identifier.value


def template_for(user: UserRow, identifier: Identifier, asked: TemplateType | None) -> TemplateType:
    """What a code is for: of a new address that is never the caller's choice."""
    if is_new(user, identifier):
        return TemplateType.BIND_NEW_IDENTIFIER
    return asked or TemplateType.USER_PERMISSION_VALIDATION


def shows_identity(proof: VerificationRow | None) -> bool:
    """Whether it shows that the person is who they say.

    Only a password does, or a code that was asked for just that.
    """
    if proof is None or not proof.verified:
        return False
    if proof.type == ProofType.PASSWORD:
        return True
    by_code = proof.type in CODE_OF.values()
    return by_code and proof.template == TemplateType.USER_PERMISSION_VALIDATION


def confirms_by_mail(proof: VerificationRow | None, user: UserRow, application_id: str) -> bool:
    """Whether it shows, to this application, that the person has just read the account's mailbox.

    A code does that was asked for there, for just that and for nothing else; a password does not.
    """
    return (
        proof is not None
        and shows_identity(proof)
        and proof.type == ProofType.EMAIL_CODE
        and proof.client_id == application_id
        and proof.address == user.primary_email
    )


def shows_address(proof: VerificationRow | None, identifier: Identifier) -> bool:
    """Whether it shows that a new address is the person's."""
    return (
        proof is not None
        and proof.verified
        and proof.type == CODE_OF.get(identifier.type)
        and proof.template == TemplateType.BIND_NEW_IDENTIFIER
        and proof.address == identifier.value
    )
