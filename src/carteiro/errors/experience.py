"""What would make the sign-in experience contradict itself, and who may register."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class UsernameCaseConflicts(CarteiroError):
    """User names that differ by case only stand in the way."""

    code = "sign_in_experiences.username_policy_case_conflicts_exist"
    summary = "Some user names differ only by case."


class MissingSignUpIdentifiers(CarteiroError):
    """Secondary identifiers without a primary one."""

    code = "sign_in_experiences.missing_sign_up_identifiers"
    summary = "Name a primary identifier first."


class DuplicatedSignUpIdentifiers(CarteiroError):
    """An identifier is asked for twice."""

    code = "sign_in_experiences.duplicated_sign_up_identifiers"
    summary = "The sign-up identifiers are not distinct."


class PasswordlessRequiresVerify(CarteiroError):
    """An address is asked for and not verified."""

    code = "sign_in_experiences.passwordless_requires_verify"
    summary = "Addresses and numbers have to be verified at sign-up."


class EnabledConnectorNotFound(CarteiroError):
    """No connector can send what the settings need; ``data`` has its type."""

    code = "sign_in_experiences.enabled_connector_not_found"
    summary = "Set up a connector of this type first."


class AtLeastOneAuthenticationFactor(CarteiroError):
    """A way to sign in proves nothing."""

    code = "sign_in_experiences.at_least_one_authentication_factor"
    summary = "Each sign-in method needs a password or a code."


class CodeSignInMustBeEnabled(CarteiroError):
    """People without a password could not sign in."""

    code = "sign_in_experiences.code_sign_in_must_be_enabled"
    summary = "Sign-in by code must be on: people register without a password."


class EmailCodeNotForSignIn(CarteiroError):
    """The code by mail is the second factor."""

    code = "sign_in_experiences.email_verification_code_cannot_be_used_for_sign_in"
    summary = "The email code is a second factor and cannot be the first."


class PhoneCodeNotForSignIn(CarteiroError):
    """The code by phone is the second factor."""

    code = "sign_in_experiences.phone_verification_code_cannot_be_used_for_sign_in"
    summary = "The phone code is a second factor and cannot be the first."


class DuplicatedMfaFactors(CarteiroError):
    """A second factor is listed twice."""

    code = "sign_in_experiences.duplicated_mfa_factors"
    summary = "The second factors are not distinct."


class BackupCodeAlone(CarteiroError):
    """Backup codes need something to back up."""

    code = "sign_in_experiences.backup_code_cannot_be_enabled_alone"
    summary = "Backup codes need another second factor."


class EmailCodeNotForMfa(CarteiroError):
    """The code by mail is the first factor."""

    code = "sign_in_experiences.email_verification_code_cannot_be_used_for_mfa"
    summary = "The email code is the first factor and cannot be the second."


class PhoneCodeNotForMfa(CarteiroError):
    """The code by phone is the first factor."""

    code = "sign_in_experiences.phone_verification_code_cannot_be_used_for_mfa"
    summary = "The phone code is the first factor and cannot be the second."


class AdaptiveMfaRequiresMfa(CarteiroError):
    """There is no second factor to ask for."""

    code = "sign_in_experiences.adaptive_mfa_requires_mfa"
    summary = "Adaptive MFA needs a second factor."


class AdaptiveMfaRequiresNonSkippablePolicy(CarteiroError):
    """People could skip it."""

    code = "sign_in_experiences.adaptive_mfa_requires_non_skippable_policy"
    summary = "Adaptive MFA needs a policy that cannot be skipped."


class NonAdaptiveMfaRequiresSkippablePolicy(CarteiroError):
    """The policy is for adaptive MFA only."""

    code = "sign_in_experiences.non_adaptive_mfa_requires_skippable_policy"
    summary = "This policy needs adaptive MFA."


class ForgotPasswordMethodRequiresConnector(CarteiroError):
    """No connector can send the code."""

    code = "sign_in_experiences.forgot_password_method_requires_connector"
    summary = "This way to reset a password needs a connector."


class PasswordExpirationInvalidPeriod(CarteiroError):
    """The period is not a number of days."""

    code = "sign_in_experiences.password_expiration_invalid_period_days"
    summary = "Passwords live for at least one day."


class PasswordExpirationNotEnabled(CarteiroError):
    """Passwords do not expire here."""

    code = "sign_in_experiences.password_expiration_not_enabled"
    summary = "Password expiration is not switched on."


class InvalidBlocklistFormat(CarteiroError):
    """An item of a list is no address and no domain."""

    code = "sign_in_experiences.invalid_custom_email_blocklist_format"
    summary = "Write user@domain or @domain."


class InvalidBlocklistEmail(CarteiroError):
    """The address has no domain."""

    code = "session.email_blocklist.invalid_email"
    summary = "This is not an email address."


class EmailSubaddressingNotAllowed(CarteiroError):
    """The address has a ``+`` part, which the tenant does not take."""

    code = "session.email_blocklist.email_subaddressing_not_allowed"
    summary = "Addresses with a plus sign are not allowed here."


class EmailNotAllowed(CarteiroError):
    """The tenant's lists keep this address out."""

    code = "session.email_blocklist.email_not_allowed"
    summary = "This email address is not allowed here."


class InvalidTranslationStructure(CarteiroError):
    """Texts are named that no page has."""

    code = "localization.invalid_translation_structure"
    summary = "The texts do not have the structure of the pages' phrases."


class UnsupportedDefaultLanguage(CarteiroError):
    """The fallback language is not in the tenant's language library."""

    code = "sign_in_experiences.unsupported_default_language"
    summary = "This language is not in the tenant's language library."


class LanguageIncomplete(CarteiroError):
    """The tenant lets no language go live that lacks words: ``data`` names the types of mail."""

    code = "localization.language_incomplete"
    summary = "The language is not complete."


class CannotDeleteDefaultLanguage(CarteiroError):
    """The language is the tenant's fallback language."""

    code = "localization.cannot_delete_default_language"
    summary = "The default language cannot be deleted."


class PasswordExpirationRequiresForgotPassword(CarteiroError):
    """Password expiration is on and this connector is the last way to reset one."""

    code = "sign_in_experiences.password_expiration_requires_forgot_password"
    summary = "Password expiration needs a way to reset a password."
