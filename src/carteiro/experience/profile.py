"""What an account needs, and what somebody may add to it at the door (experience API §2.8, 2.9)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from carteiro.errors import (
    ConflictWithBuiltInField,
    ConflictWithCustomData,
    ConflictWithIdentifier,
    EmailExistsInProfile,
    IdentifierNotFound,
    InvalidInput,
    InvalidInteractionType,
    MissingProfile,
    NotSupportedForForgotPassword,
    PasswordExistsInProfile,
    PhoneExistsInProfile,
    ProofNotVerified,
    UsernameExistsInProfile,
    VerificationSessionNotFound,
)
from carteiro.experience.proofs import CODE_OF, IdentifierType, Proof, ProofType
from carteiro.experience.record import InteractionEvent, InteractionRecord, PendingProfile
from carteiro.experience.settings import DoorSettings, Missing
from carteiro.model.addresses import address_key
from carteiro.model.issues import issue
from carteiro.model.kinds import TemplateType
from carteiro.storage.people.users import UserRow

CLAIMS = frozenset(
    {
        *("familyName", "givenName", "middleName", "nickname", "profile", "website", "gender"),
        *("birthdate", "zoneinfo", "locale", "address"),
    }
)
"""What goes to the account's ``profile``: the claims of OpenID Connect."""
MAX_EMAIL = 128
"""Characters of an account's address; a code is sent to longer ones, too."""
_BUILT_IN = frozenset({"preferredUsername"})
_IDENTIFIERS = frozenset({"username", "email", "phone"})
_RESERVED = frozenset({"onboarding", "adminConsolePreferences", "defaultTenantId"})


def require_fulfilling(record: InteractionRecord) -> None:
    """Whether a profile is completed in this interaction at all.

    Raises ``NotSupportedForForgotPassword``, ``IdentifierNotFound``.
    """
    if record.event is InteractionEvent.FORGOT_PASSWORD:
        raise NotSupportedForForgotPassword
    if record.event is InteractionEvent.SIGN_IN and record.user_id is None:
        raise IdentifierNotFound


def require_resetting(record: InteractionRecord) -> str:
    """Whose password is reset. Raises ``InvalidInteractionType``, ``IdentifierNotFound``."""
    if record.event is not InteractionEvent.FORGOT_PASSWORD:
        raise InvalidInteractionType
    if record.user_id is None:
        raise IdentifierNotFound
    return record.user_id


def proof_for_profile(record: InteractionRecord, proof_id: str, kind: IdentifierType) -> Proof:
    """The code that proves an address. Raises ``VerificationSessionNotFound``."""
    proof = record.proof(proof_id)
    if proof is None or proof.type is not CODE_OF.get(kind):
        raise VerificationSessionNotFound
    return proof


def require_verified(proof: Proof) -> None:
    """Raises ``ProofNotVerified``; a code that resets a password proves no new address."""
    if not proof.verified or proof.template == TemplateType.FORGOT_PASSWORD:
        raise ProofNotVerified


def profile_of(proof: Proof, pending: PendingProfile) -> PendingProfile:
    """The pending profile of a newcomer with what a proof says of them."""
    value = proof.identifier.value
    match proof.type:
        case ProofType.NEW_PASSWORD_IDENTITY:
            return replace(pending, username=value, digest=proof.digest, algorithm=proof.algorithm)
        case ProofType.ONE_TIME_TOKEN:
            return replace(with_email(pending, value), jit_organization_ids=organizations(proof))
        case ProofType.PHONE_CODE:
            return replace(pending, primary_phone=value)
        case _:
            return with_email(pending, value)


def with_email(pending: PendingProfile, value: str) -> PendingProfile:
    """The pending profile with an address; what a link to another one brought is gone.

    Raises ``InvalidInput`` for one that no account can have.
    """
    require_room_for(value)
    before = pending.primary_email
    if before is None or address_key(before) == address_key(value):
        return replace(pending, primary_email=value)
    return replace(pending, primary_email=value, jit_organization_ids=())


def require_room_for(email: str) -> None:
    """Raises ``InvalidInput`` for an address that is longer than an account keeps."""
    if len(email) > MAX_EMAIL:
        text = f"An account's address has at most {MAX_EMAIL} characters."
        problem = issue("too_big", ["identifier", "value"], text, maximum=MAX_EMAIL)
        raise InvalidInput([problem])


def organizations(proof: Proof) -> tuple[str, ...]:
    """Which organizations a one-time token lets its owner join."""
    return tuple((proof.context or {}).get("jitOrganizationIds") or ())


def require_room(user: UserRow | None, kind: Missing) -> None:
    """Whether the account lacks this: what it has is not changed at the door.

    Raises ``EmailExistsInProfile`` and its kin.
    """
    if user is None:
        return
    match kind:
        case Missing.EMAIL if user.primary_email is not None:
            raise EmailExistsInProfile
        case Missing.PHONE if user.primary_phone is not None:
            raise PhoneExistsInProfile
        case Missing.USERNAME if user.username is not None:
            raise UsernameExistsInProfile
        case Missing.PASSWORD if user.password_encrypted is not None:
            raise PasswordExistsInProfile


def with_extra(
    pending: PendingProfile, values: Mapping[str, Any], asked: Collection[str]
) -> PendingProfile:
    """The pending profile with the extra fields of sign-up, each where the account keeps it.

    Nobody writes what the tenant has not ``asked`` for: it takes what it keeps of a person for its
    own word. Raises ``ConflictWithBuiltInField``, ``ConflictWithIdentifier``,
    ``ConflictWithCustomData``, then ``InvalidInput``.
    """
    for reserved, error in (
        (_BUILT_IN, ConflictWithBuiltInField),
        (_IDENTIFIERS, ConflictWithIdentifier),
        (_RESERVED, ConflictWithCustomData),
    ):
        if reserved & values.keys():
            raise error
    if unasked := sorted(values.keys() - set(asked)):
        problem = issue("unrecognized_keys", ["values"], "Not a field of sign-up.", keys=unasked)
        raise InvalidInput([problem])
    claims = {name: value for name, value in values.items() if name in CLAIMS}
    own = {"name", "avatar"}
    custom = {name: value for name, value in values.items() if name not in own | claims.keys()}
    return replace(
        pending,
        name=values.get("name", pending.name),
        avatar=values.get("avatar", pending.avatar),
        profile={**(pending.profile or {}), **claims} or None,
        custom_data={**(pending.custom_data or {}), **custom} or None,
        submitted=True,
    )


def missing_profile(
    pending: PendingProfile, user: UserRow | None, settings: DoorSettings, *, registers: bool
) -> list[Missing]:
    """What the settings ask of everybody and this person has not given."""
    held = _held(pending, user)
    missing = [one for one in settings.asked if not held[one]]
    if not missing and registers and settings.extra_fields and not pending.submitted:
        missing = [Missing.EXTRA_PROFILE]
    return missing


def require_profile(
    pending: PendingProfile, user: UserRow | None, settings: DoorSettings, *, registers: bool
) -> None:
    """Raises ``MissingProfile``."""
    missing = missing_profile(pending, user, settings, registers=registers)
    if missing:
        raise MissingProfile(data={"missingProfile": [one.value for one in missing]})


def completed(user: UserRow, pending: PendingProfile) -> UserRow:
    """The account with what is pending; nothing that it has of the extra fields is replaced."""
    changes: dict[str, Any] = {
        "avatar": pending.avatar if user.avatar is None else None,
        "name": pending.name if user.name is None else None,
        "username": pending.username,
        "primary_email": pending.primary_email,
        "primary_phone": pending.primary_phone,
        "password_encrypted": pending.digest,
        "password_encryption_method": pending.algorithm,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    for column, members in (("profile", pending.profile), ("custom_data", pending.custom_data)):
        if members:
            merged = {**members, **json.loads(getattr(user, column))}
            given[column] = json.dumps(merged, ensure_ascii=False)
    return replace(user, **given)


def _held(pending: PendingProfile, user: UserRow | None) -> dict[Missing, bool]:
    email = pending.primary_email or (user and user.primary_email)
    phone = pending.primary_phone or (user and user.primary_phone)
    return {
        Missing.USERNAME: bool(pending.username or (user and user.username)),
        Missing.EMAIL: bool(email),
        Missing.PHONE: bool(phone),
        Missing.EMAIL_OR_PHONE: bool(email or phone),
        Missing.PASSWORD: bool(pending.digest or (user and user.password_encrypted)),
    }
