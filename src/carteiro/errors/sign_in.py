"""The person at the door: why a step of a sign-in, a registration or a reset is not taken."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError
from carteiro.errors.verification import OneTimeTokenError


class InteractionNotFound(CarteiroError):
    """The interaction was not begun: ``PUT /api/experience`` comes first."""

    code = "session.interaction_not_found"
    summary = "The interaction was not begun, or is over. Start again."


class VerificationSessionNotFound(CarteiroError):
    """There is no such proof in this interaction, or a newer one took its place."""

    code = "session.verification_session_not_found"
    summary = "There is no such verification here. Start it again."


class ProofNotVerified(CarteiroError):
    """The proof is not there yet, or proves nothing for this."""

    code = "session.verification_failed"
    summary = "The verification is not done."


class IdentifierNotFound(CarteiroError):
    """Nobody is identified yet in this interaction."""

    code = "session.identifier_not_found"
    summary = "Say first who you are."


class NobodyToVerify(IdentifierNotFound):
    """A second factor is asked for before anybody is identified."""


class IdentityConflict(CarteiroError):
    """The interaction is somebody else's already."""

    code = "session.identity_conflict"
    summary = "Somebody else is identified in this interaction. Start again."


class NotSupportedForForgotPassword(CarteiroError):
    """This cannot be done while a password is reset."""

    code = "session.not_supported_for_forgot_password"
    summary = "This is not possible while a password is reset."


class NoWayToReset(NotSupportedForForgotPassword):
    """Passwords are not reset in this way here."""


class InvalidInteractionType(CarteiroError):
    """The interaction is for something else."""

    code = "session.invalid_interaction_type"
    summary = "This is not possible in this interaction."


class SignInMethodNotEnabled(CarteiroError):
    """People do not sign in in this way here."""

    code = "user.sign_in_method_not_enabled"
    summary = "This way to sign in is not enabled."


class UserNotExist(CarteiroError):
    """The proof is right, and nobody has an account for it; ``data`` repeats the identifier."""

    code = "user.user_not_exist"
    summary = "There is no account for this."


class UserSuspended(CarteiroError):
    """The account is shut."""

    code = "user.suspended"
    summary = "This account is suspended."


class MissingProfile(CarteiroError):
    """The account needs more; ``data.missingProfile`` lists what."""

    code = "user.missing_profile"
    summary = "Something is missing: complete the profile."


class EmailExistsInProfile(CarteiroError):
    """The person has an address already."""

    code = "user.email_exists_in_profile"
    summary = "The account has an email address already."


class PhoneExistsInProfile(CarteiroError):
    """The person has a number already."""

    code = "user.phone_exists_in_profile"
    summary = "The account has a phone number already."


class UsernameExistsInProfile(CarteiroError):
    """The person has a user name already."""

    code = "user.username_exists_in_profile"
    summary = "The account has a user name already."


class PasswordExistsInProfile(CarteiroError):
    """The person has a password already."""

    code = "user.password_exists_in_profile"
    summary = "The account has a password already."


class SamePassword(CarteiroError):
    """The new password is the old one."""

    code = "user.same_password"
    summary = "The new password is the same as the old one."


class NewPasswordRequired(CarteiroError):
    """A reset without a new password."""

    code = "user.new_password_required_in_profile"
    summary = "Choose a new password first."


class MfaVerificationRequired(CarteiroError):
    """A second factor has to be proven; ``data`` has the factors and masked addresses."""

    code = "session.mfa.require_mfa_verification"
    summary = "Verify your second factor."


class MfaFactorNotEnabled(CarteiroError):
    """This second factor is not enabled, or the person does not have it."""

    code = "session.mfa.mfa_factor_not_enabled"
    summary = "This second factor is not enabled."


class SuggestMfa(CarteiroError):
    """People are asked whether they want a second factor."""

    code = "user.suggest_mfa"
    summary = "Turn on a second factor, or skip it."


class MissingMfa(CarteiroError):
    """A second factor has to be set up; ``data.availableFactors`` lists which can be."""

    code = "user.missing_mfa"
    summary = "Set up a second factor."


class SuggestAdditionalMfa(CarteiroError):
    """The only second factors are addresses that also sign in: another would be better."""

    code = "session.mfa.suggest_additional_mfa"
    summary = "Set up another second factor, or skip it."


class BackupCodeRequired(CarteiroError):
    """Backup codes are configured and the person has none."""

    code = "session.mfa.backup_code_required"
    summary = "Set up backup codes."


class MfaPolicyNotUserControlled(CarteiroError):
    """Nobody may do without a second factor here."""

    code = "session.mfa.mfa_policy_not_user_controlled"
    summary = "A second factor cannot be skipped here."


class ConflictWithBuiltInField(CarteiroError):
    """An extra field has the name of something else."""

    code = "custom_profile_fields.name_conflict_built_in_prop"
    summary = "This name belongs to a built-in field."


class ConflictWithIdentifier(CarteiroError):
    """An extra field has the name of an identifier."""

    code = "custom_profile_fields.name_conflict_sign_in_identifier"
    summary = "This name belongs to a sign-in identifier."


class ConflictWithCustomData(CarteiroError):
    """An extra field has a name that is kept for the service."""

    code = "custom_profile_fields.name_conflict_custom_data"
    summary = "This name is reserved."


class TokenEventMismatch(OneTimeTokenError):
    """The token is for another event than this interaction."""

    code = "one_time_token.interaction_event_mismatch"
    summary = "The token is for something else."


class MimeTypeNotAllowed(CarteiroError):
    """The file is not an image."""

    code = "guard.mime_type_not_allowed"
    summary = "This kind of file is not allowed."


class StorageNotConfigured(CarteiroError):
    """Files cannot be uploaded here."""

    code = "storage.not_configured"
    summary = "No storage for files is configured."
