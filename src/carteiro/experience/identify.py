"""Who somebody is: the checks of an identification, in the wire's order (experience API §2.8)."""

from __future__ import annotations

from carteiro.errors import (
    CaptchaRequired,
    Forbidden,
    IdentityConflict,
    InvalidInput,
    NotSupportedForForgotPassword,
    NoWayToReset,
    ProofNotVerified,
    SignInMethodNotEnabled,
    UserNotExist,
    UserSuspended,
    VerificationSessionNotFound,
)
from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType, Proof, ProofType
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.sending import serves
from carteiro.experience.settings import DoorSettings, SignInMode
from carteiro.model.addresses import address_key
from carteiro.model.issues import issue
from carteiro.storage.people.users import UserRow

_CODES = frozenset(CODE_OF.values())
_REGISTERS = _CODES | {ProofType.NEW_PASSWORD_IDENTITY, ProofType.ONE_TIME_TOKEN}


def require_event(
    record: InteractionRecord, event: InteractionEvent, settings: DoorSettings
) -> None:
    """Whether the interaction may turn into this one (§2.4).

    Raises ``Forbidden`` where the mode is off, ``NotSupportedForForgotPassword``.
    """
    link = record.proof_of(ProofType.ONE_TIME_TOKEN)
    require_mode(event, settings, invited=link is not None and link.verified)
    reset = InteractionEvent.FORGOT_PASSWORD
    if event is not record.event and reset in {event, record.event}:
        raise NotSupportedForForgotPassword


def is_invited(record: InteractionRecord, email: str | None) -> bool:
    """Whether somebody came by a link that was sent to this address, in whatever spelling."""
    link = record.proof_of(ProofType.ONE_TIME_TOKEN)
    if link is None or not link.verified or email is None:
        return False
    return link.key == address_key(email)


def is_invited_to_prove(record: InteractionRecord, identifier: Identifier) -> bool:
    """Whether a code for this concerns somebody who came by a link.

    It proves the link's own address, or a number of the account that begins with that.
    """
    by_phone = identifier.type is IdentifierType.PHONE
    return is_invited(record, record.profile.primary_email if by_phone else identifier.value)


def require_mode(event: InteractionEvent, settings: DoorSettings, *, invited: bool) -> None:
    """Whether people sign in, or register, here at all. Raises ``Forbidden``.

    Who is ``invited`` by a link may register where nobody else may.
    """
    if event is InteractionEvent.SIGN_IN and settings.mode is SignInMode.REGISTER:
        raise Forbidden
    if event is InteractionEvent.REGISTER and settings.mode is SignInMode.SIGN_IN and not invited:
        raise Forbidden


def require_captcha(record: InteractionRecord, settings: DoorSettings, *, invited: bool) -> None:
    """Whether a machine may go on here. Raises ``CaptchaRequired``.

    A link spares whoever it ``invited`` a captcha, and nobody else.
    """
    passed = record.captcha.verified or (record.captcha.skipped and invited)
    if settings.captcha and not passed:
        raise CaptchaRequired


def proof_of_person(
    record: InteractionRecord, proof_id: str | None, settings: DoorSettings
) -> Proof:
    """The proof by which somebody signs in or resets a password, once it may.

    Raises, in this order: ``InvalidInput`` (no id), ``VerificationSessionNotFound``,
    ``Forbidden``, ``SignInMethodNotEnabled`` or ``NoWayToReset``, ``ProofNotVerified``. A link
    that was sent to somebody is a way in whatever the settings say.
    """
    if proof_id is None:
        missing = {"expected": "string", "received": "undefined"}
        raise InvalidInput([issue("invalid_type", ["verificationId"], "Required", **missing)])
    proof = require_proof(record, proof_id)
    if not (proof.type is ProofType.ONE_TIME_TOKEN and proof.verified):
        require_mode(record.event, settings, invited=False)
        _require_way(record.event, proof, settings)
    if not proof.verified or not serves(proof, record.event):
        raise ProofNotVerified
    return proof


def require_proof(record: InteractionRecord, proof_id: str) -> Proof:
    """The proof with this id. Raises ``VerificationSessionNotFound``."""
    proof = record.proof(proof_id)
    if proof is None:
        raise VerificationSessionNotFound
    return proof


def proof_of_newcomer(proof: Proof) -> Proof:
    """A proof with which an account can begin. Raises ``ProofNotVerified``."""
    serving = serves(proof, InteractionEvent.REGISTER)
    if proof.type not in _REGISTERS or not proof.verified or not serving:
        raise ProofNotVerified
    return proof


def require_person(record: InteractionRecord, proof: Proof, user: UserRow | None) -> UserRow:
    """The person whom a proof names.

    Raises ``ProofNotVerified`` (the name is somebody else's by now, or the password another),
    ``UserNotExist``, ``UserSuspended`` or, where the interaction is somebody else's,
    ``IdentityConflict``.
    """
    if user is not None and (proof.holder not in {None, user.id} or is_overtaken(proof, user)):
        raise ProofNotVerified
    if user is None:
        raise UserNotExist(data={"identifier": proof.identifier.value})
    if user.is_suspended:
        raise UserSuspended
    if record.user_id not in {None, user.id}:
        raise IdentityConflict
    return user


def is_overtaken(proof: Proof, user: UserRow) -> bool:
    """Whether the password that was right is not the person's any more."""
    return proof.chosen_at not in {None, user.password_updated_at or 0}


def _require_way(event: InteractionEvent, proof: Proof, settings: DoorSettings) -> None:
    if event is InteractionEvent.FORGOT_PASSWORD:
        if proof.type not in _CODES or not settings.resets_by(proof.type):
            raise NoWayToReset
        return
    if proof.type is ProofType.PASSWORD:
        enabled = settings.by_password
    elif proof.type in _CODES:
        enabled = settings.by_code
    else:
        raise SignInMethodNotEnabled
    if proof.identifier.type not in enabled:
        raise SignInMethodNotEnabled
