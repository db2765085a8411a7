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
from carteiro.experience.proofs import CODE_OF, Proof, ProofType
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.settings import DoorSettings, SignInMode
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
    require_mode(record, event, settings)
    reset = InteractionEvent.FORGOT_PASSWORD
    if event is not record.event and reset in {event, record.event}:
        raise NotSupportedForForgotPassword


def require_mode(
    record: InteractionRecord, event: InteractionEvent, settings: DoorSettings
) -> None:
    """Whether people sign in, or register, here at all. Raises ``Forbidden``.

    Who was sent a link may register where nobody else may.
    """
    if event is InteractionEvent.SIGN_IN and settings.mode is SignInMode.REGISTER:
        raise Forbidden
    if event is InteractionEvent.REGISTER and settings.mode is SignInMode.SIGN_IN:
        proof = record.proof_of(ProofType.ONE_TIME_TOKEN)
        if proof is None or not proof.verified:
            raise Forbidden


def require_captcha(record: InteractionRecord, settings: DoorSettings) -> None:
    """Whether a machine may go on here. Raises ``CaptchaRequired``."""
    if settings.captcha and not record.captcha.passed:
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
        require_mode(record, record.event, settings)
        _require_way(record.event, proof, settings)
    if not proof.verified:
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
    if proof.type not in _REGISTERS or not proof.verified:
        raise ProofNotVerified
    return proof


def require_person(record: InteractionRecord, proof: Proof, user: UserRow | None) -> UserRow:
    """The person whom a proof names.

    Raises ``ProofNotVerified`` (the name is somebody else's by now), ``UserNotExist``,
    ``UserSuspended`` or, where the interaction is somebody else's,
    ``IdentityConflict``.
    """
    if user is not None and proof.holder not in {None, user.id}:
        raise ProofNotVerified
    if user is None:
        raise UserNotExist(data={"identifier": proof.identifier.value})
    if user.is_suspended:
        raise UserSuspended
    if record.user_id not in {None, user.id}:
        raise IdentityConflict
    return user


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
