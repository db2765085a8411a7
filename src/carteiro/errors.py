"""Everything that Carteiro raises on purpose: one root, and leaves that say what the caller can do.

A leaf has a stable ``code`` (the wire's), a ``data`` member that is safe to show, and where waiting
helps a ``retry_after`` in seconds. HTTP statuses are not known here: they stand in one table at the
web edge (``api/problems.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

Issue = Mapping[str, Any]


class CarteiroError(Exception):
    """The root. ``code`` is stable and public; ``message`` is for people and may change."""

    code: ClassVar[str] = "carteiro.error"
    summary: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or self.summary
        self.data = data
        self.retry_after = retry_after
        super().__init__(self.message)


# --- fix your input ---------------------------------------------------------------------------


class InvalidInput(CarteiroError):
    """A value breaks its schema; ``issues`` names each place. Never retry unchanged."""

    code = "guard.invalid_input"
    summary = "The request is not valid."

    def __init__(self, issues: Sequence[Issue], message: str | None = None) -> None:
        self.issues = tuple(issues)
        super().__init__(message, data={"issues": list(self.issues), "name": "ZodError"})


class InvalidPagination(CarteiroError):
    """``page`` or ``page_size`` is not a positive number in range."""

    code = "guard.invalid_pagination"
    summary = "The pagination parameters are not valid."


class InvalidAddress(CarteiroError):
    """The text is not exactly one mail address that can be written into an envelope."""

    code = "address.invalid"
    summary = "This is not exactly one valid email address."


class InvalidTemplate(CarteiroError):
    """A template cannot be compiled (it is larger than the limit)."""

    code = "template.invalid"
    summary = "The template cannot be compiled."


class ValueTooLong(CarteiroError):
    """A value passes its schema and does not fit its column."""

    code = "entity.value_too_long"
    summary = "A value is too long."


class EntityNotFound(CarteiroError):
    """There is no such row (deletes, connectors, users, invitations)."""

    code = "entity.not_found"
    summary = "The resource does not exist."


class EntityNotExistsWithId(CarteiroError):
    """There is no row with this id (most tables)."""

    code = "entity.not_exists_with_id"
    summary = "There is no resource with this id."


class UnknownTenant(CarteiroError):
    """The host names a tenant that does not exist: answered as a path that does not."""

    code = "tenant.not_found"
    summary = "There is no such tenant."


class UniqueViolation(CarteiroError):
    """Another row already holds this unique value."""

    code = "entity.unique_integrity_violation"
    summary = "A resource with this value already exists."


class EntityNotExists(CarteiroError):
    """There is no row to update."""

    code = "entity.not_exists"
    summary = "The resource does not exist."


class RelationNotFound(CarteiroError):
    """A row that the new one refers to does not exist."""

    code = "entity.relation_foreign_key_not_found"
    summary = "A resource that this one refers to does not exist."


class OrganizationRelationNotFound(RelationNotFound):
    """The same around organizations, where the wire has another status."""


class ConstraintViolated(CarteiroError):
    """The database refuses the combination of values."""

    code = "entity.db_constraint_violated"
    summary = "These values do not go together."


class InvalidRelation(CarteiroError):
    """A list of related ids is empty where it must not be."""

    code = "entity.invalid_input"
    summary = "The list of related resources is not valid."


class UsernameInUse(UniqueViolation):
    """Another person has this user name."""

    code = "user.username_already_in_use"
    summary = "This user name is already in use."


class EmailInUse(UniqueViolation):
    """Another person has this address, in whatever spelling."""

    code = "user.email_already_in_use"
    summary = "This email address is already in use."


class PhoneInUse(UniqueViolation):
    """Another person has this phone number."""

    code = "user.phone_already_in_use"
    summary = "This phone number is already in use."


class CannotDeleteSelf(CarteiroError):
    """The caller's own account."""

    code = "user.cannot_delete_self"
    summary = "You cannot delete your own account."


class PasswordAndDigest(CarteiroError):
    """A password and a digest of one were given together."""

    code = "user.password_and_digest"
    summary = "Give a password or a digest, not both."


class PasswordAlgorithmRequired(CarteiroError):
    """A digest without the algorithm that made it."""

    code = "user.password_algorithm_required"
    summary = "Name the algorithm of the password digest."


class InvalidCredentials(CarteiroError):
    """The password is wrong, or the person has none."""

    code = "session.invalid_credentials"
    summary = "The credentials are not right."


class InvalidRequestInput(CarteiroError):
    """A well-formed value that this deployment does not allow."""

    code = "request.invalid_input"
    summary = "The request input is not allowed."


class InvitationConflict(InvalidRequestInput):
    """The state of an invitation, or of whom it is for, does not allow this."""


class MembershipRequired(CarteiroError):
    """The person does not belong to the organization."""

    code = "organization.require_membership"
    summary = "The person is not a member of the organization."


class InvalidApplicationType(CarteiroError):
    """Applications of this type cannot have this."""

    code = "application.invalid_type"
    summary = "This is not possible for an application of this type."


class InvalidApplicationRoleType(CarteiroError):
    """A role for people is given to an application."""

    code = "application.invalid_role_type"
    summary = "An application takes roles for machines only."


class InvalidUserRoleType(CarteiroError):
    """A role for machines is given to a person."""

    code = "user.invalid_role_type"
    summary = "A person takes roles for people only."


class InvalidThirdPartyApplicationType(CarteiroError):
    """Only applications that people sign in to can be a third party's."""

    code = "application.invalid_third_party_application_type"
    summary = "Only Traditional, SPA and Native applications can be third-party ones."


class UseSamlApi(CarteiroError):
    """SAML applications have an API of their own."""

    code = "application.saml.use_saml_app_api"
    summary = "SAML applications are not made through this API."


class RoleNameInUse(UniqueViolation):
    """Another role has this name."""

    code = "role.name_in_use"
    summary = "This role name is already in use."


class InternalRoleViolation(CarteiroError):
    """The role is the service's own."""

    code = "role.internal_role_violation"
    summary = "Internal roles cannot be changed or given."


class ManagementScopesNotAssignable(CarteiroError):
    """A role for people would give the management API's scope."""

    code = "role.management_api_scopes_not_assignable_to_user_role"
    summary = "The management API's scope is for roles of machines."


class ResourceIndicatorInUse(UniqueViolation):
    """Another resource has this indicator."""

    code = "resource.resource_identifier_in_use"
    summary = "This resource indicator is already in use."


class CannotDeleteManagementApi(CarteiroError):
    """The management API's own resource."""

    code = "resource.cannot_delete_management_api"
    summary = "The management API's resource cannot be deleted."


class CannotModifyManagementApi(CarteiroError):
    """The management API's own resource."""

    code = "resource.cannot_modify_management_api"
    summary = "The management API's resource cannot be changed."


class ScopeNameExists(UniqueViolation):
    """The resource has a scope of this name."""

    code = "scope.name_exists"
    summary = "The resource already has a scope of this name."


class ScopeNameWithSpace(CarteiroError):
    """Scopes stand in tokens with blanks between them."""

    code = "scope.name_with_space"
    summary = "The name of a scope holds no blanks."


class OneTimeTokenError(CarteiroError):
    """A one-time token was not used."""

    code = "one_time_token.token_not_found"


class TokenNotFound(OneTimeTokenError):
    """There is no such token."""

    code = "one_time_token.token_not_found"
    summary = "There is no such token."


class TokenEmailMismatch(OneTimeTokenError):
    """The token is for another address."""

    code = "one_time_token.email_mismatch"
    summary = "The token is for another email address."


class TokenExpired(OneTimeTokenError):
    """The token's lifetime is over: ask for a new link."""

    code = "one_time_token.token_expired"
    summary = "The token has expired."


class TokenConsumed(OneTimeTokenError):
    """The token was used."""

    code = "one_time_token.token_consumed"
    summary = "The token has been used."


class TokenRevoked(OneTimeTokenError):
    """The token was taken back."""

    code = "one_time_token.token_revoked"
    summary = "The token has been revoked."


class CannotReactivateToken(OneTimeTokenError):
    """A token that ended stays so."""

    code = "one_time_token.cannot_reactivate_token"
    summary = "A token cannot be made active again."


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


class BrokenConfiguration(CarteiroError):
    """A configuration folder is not right; the message names file and line. Nothing was changed."""

    code = "configuration.broken"

    def __init__(self, path: str, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}", data={"path": path, "line": line})


class MissingEvents(CarteiroError):
    """A hook names no event at all."""

    code = "hook.missing_events"
    summary = "Name at least one event."


class HookTestFailed(CarteiroError):
    """The endpoint of a hook could not be reached, or did not answer in time."""

    code = "hook.send_test_payload_failed"
    summary = "The test payload could not be sent."


class HookEndpointFailed(CarteiroError):
    """The endpoint of a hook answered a test with an error; ``data`` has its answer."""

    code = "hook.endpoint_responded_with_error"
    summary = "The endpoint answered with an error."


class InvalidTimeWindow(CarteiroError):
    """A window of time ends before it begins."""

    code = "log.invalid_time_window"
    summary = "The start of the time window is after its end."


class SecretNameExists(UniqueViolation):
    """The application has a secret of this name."""

    code = "application.secret_name_exists"
    summary = "The application already has a secret of this name."


class BulkDeletionNoFilter(CarteiroError):
    """A bulk delete of templates names neither a language nor a type."""

    code = "connector.email_connector.bulk_deletion_no_filter"
    summary = "Name a language tag or a template type to delete by."


class UnsupportedDefaultLanguage(CarteiroError):
    """The fallback language is not in the tenant's language library."""

    code = "sign_in_experiences.unsupported_default_language"
    summary = "This language is not in the tenant's language library."


class CannotDeleteDefaultLanguage(CarteiroError):
    """The language is the tenant's fallback language."""

    code = "localization.cannot_delete_default_language"
    summary = "The default language cannot be deleted."


class FeatureNotSupported(CarteiroError):
    """The deployment does not have this feature."""

    code = "request.feature_not_supported"
    summary = "This feature is not supported here."


# --- who are you ------------------------------------------------------------------------------


class AuthorizationHeaderMissing(CarteiroError):
    """The request carries no ``Authorization`` header."""

    code = "auth.authorization_header_missing"
    summary = "The Authorization header is missing."


class AuthorizationTypeNotSupported(CarteiroError):
    """The ``Authorization`` header is not of the scheme ``Bearer``."""

    code = "auth.authorization_token_type_not_supported"
    summary = "The authorization type is not supported."

    def __init__(self) -> None:
        super().__init__(data={"supportedTypes": ["Bearer"]})


class Unauthorized(CarteiroError):
    """The token's signature, issuer, audience or time is not right."""

    code = "auth.unauthorized"
    summary = "The access token is not valid."


class SubjectMissing(CarteiroError):
    """The token has no ``sub``."""

    code = "auth.jwt_sub_missing"
    summary = "The access token has no subject."


class Forbidden(CarteiroError):
    """The token is valid and lacks the scope ``all``."""

    code = "auth.forbidden"
    summary = "The access token does not carry the required scope."


# --- connectors -------------------------------------------------------------------------------


class Disposition(StrEnum):
    """What a failed attempt means for the next one."""

    PERMANENT = "permanent"
    """The same message will be refused again: do not retry."""
    TRANSIENT = "transient"
    """The same message may pass later or elsewhere."""
    THROTTLED = "throttled"
    """Too fast or over a limit: wait (``retry_after`` where the provider says how long)."""
    UNKNOWN = "unknown"
    """Handed over without an answer: it may have been sent."""


class ConnectorError(CarteiroError):
    """A connector could not do its work. ``data`` is scrubbed of keys, codes and links."""

    code = "connector.general"
    summary = "The connector could not deliver the message."
    default_disposition: ClassVar[Disposition] = Disposition.PERMANENT

    def __init__(
        self,
        message: str | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        disposition: Disposition | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.disposition = disposition or self.default_disposition
        if data is None and message is not None:
            data = {"message": message}
        super().__init__(message, data=data, retry_after=retry_after)


class DeliveryFailed(ConnectorError):
    """The provider refused, failed or could not be reached; the disposition says which."""


class InvalidConfig(ConnectorError):
    """The connector's config breaks its schema; ``issues`` names each place. Fix the config."""

    code = "connector.invalid_config"
    summary = "The connector's configuration is not valid."

    def __init__(self, issues: Sequence[Issue], message: str | None = None) -> None:
        self.issues = tuple(issues)
        super().__init__(message, data={"issues": list(self.issues), "name": "ZodError"})


class InvalidResponse(ConnectorError):
    """The provider's answer is not what its API promises."""

    code = "connector.invalid_response"
    summary = "The provider's answer could not be understood."
    default_disposition = Disposition.UNKNOWN


class TemplateNotFound(ConnectorError):
    """No template serves this type in this language, not even ``Generic``."""

    code = "connector.template_not_found"
    summary = "There is no template for this type of message."


class InvalidMetadata(ConnectorError):
    """A plug-in's metadata is missing or malformed."""

    code = "connector.invalid_metadata"
    summary = "The connector's metadata is not valid."


class InvalidConfigGuard(ConnectorError):
    """A plug-in has no config model."""

    code = "connector.invalid_config_guard"
    summary = "The connector has no config model."


class UnexpectedType(ConnectorError):
    """The connector is not of the type that the request needs."""

    code = "connector.unexpected_type"
    summary = "The connector is not of the expected type."


class RateLimitExceeded(ConnectorError):
    """The provider asks to slow down. Try later."""

    code = "connector.rate_limit_exceeded"
    summary = "The email provider's rate limit is reached."
    default_disposition = Disposition.THROTTLED


class UsageLimitExceeded(ConnectorError):
    """The email service's cap is reached. Raise it or wait."""

    code = "connector.usage_limit_exceeded"
    summary = "The email service's usage cap is reached."
    default_disposition = Disposition.THROTTLED


class NotSupportedByConnector(ConnectorError):
    """The connector, or this deployment of it, cannot do this."""

    code = "connector.not_implemented"
    summary = "The connector cannot do this here."


class ConnectorNotFound(CarteiroError):
    """The tenant has no connector that could send this message."""

    code = "connector.not_found"

    def __init__(self, kind: str = "Email") -> None:
        super().__init__(f"There is no available connector of type {kind}.", data={"type": kind})


class ConnectorFactoryNotFound(CarteiroError):
    """A test names a connector that is not installed or does not send messages."""

    code = "connector.not_found"

    def __init__(self, factory_id: str) -> None:
        super().__init__(f"There is no connector {factory_id!r} installed.")


class UnknownConnectorId(CarteiroError):
    """A new connector names a factory that is not installed."""

    code = "connector.not_found_with_connector_id"

    def __init__(self, factory_id: str) -> None:
        super().__init__(f"There is no connector {factory_id!r} installed.")


class CannotOverwriteMetadata(CarteiroError):
    """Only standard connectors take metadata of their own."""

    code = "connector.cannot_overwrite_metadata_for_non_standard_connector"
    summary = "This connector's metadata cannot be overwritten."


class InvalidTypeForSyncingProfile(CarteiroError):
    """Only social connectors sync profiles."""

    code = "connector.invalid_type_for_syncing_profile"
    summary = "This type of connector cannot sync profiles."


class PasswordExpirationRequiresForgotPassword(CarteiroError):
    """Password expiration is on and this connector is the last way to reset one."""

    code = "sign_in_experiences.password_expiration_requires_forgot_password"
    summary = "Password expiration needs a way to reset a password."


# --- verification codes -----------------------------------------------------------------------


class VerificationError(CarteiroError):
    """A code was not redeemed."""

    code = "verification_code.not_found"


class CodeNotFound(VerificationError):
    """No code waits for this address: ask for a new one."""

    code = "verification_code.not_found"
    summary = "There is no verification code waiting. Ask for a new one."


class EmailMismatch(VerificationError):
    """The code was sent to another address."""

    code = "verification_code.email_mismatch"
    summary = "The code was sent to another email address."


class PhoneMismatch(VerificationError):
    """The code was sent to another phone number."""

    code = "verification_code.phone_mismatch"
    summary = "The code was sent to another phone number."


class CodeExpired(VerificationError):
    """The code's lifetime is over: ask for a new one."""

    code = "verification_code.expired"
    summary = "The verification code has expired. Ask for a new one."


class TooManyTries(VerificationError):
    """This code, or this address, has had too many wrong tries."""

    code = "verification_code.exceed_max_try"
    summary = "There were too many wrong tries."


class CodeMismatch(VerificationError):
    """The code is wrong; tries may remain."""

    code = "verification_code.code_mismatch"
    summary = "The verification code is wrong."


class MessageRateLimited(CarteiroError):
    """This recipient has been sent too many messages: wait ``retry_after`` seconds."""

    code = "request.message_rate_limited"
    summary = "Too many messages were sent to this recipient. Try again later."


# --- the deployment ---------------------------------------------------------------------------


class StorageUnavailable(CarteiroError):
    """The database is gone, locked or over its time limit. Nothing was stored; try later."""

    code = "storage.unavailable"
    summary = "The database is not available at the moment."


class SchemaOutdated(CarteiroError):
    """The database's schema is not the one that this version needs: run ``carteiro migrate``."""

    code = "storage.schema_outdated"
    summary = "The database schema is not up to date. Run: carteiro migrate"


class SealBroken(CarteiroError):
    """A sealed value cannot be opened: its key is not configured, or it was changed."""

    code = "secrets.seal_broken"
    summary = "A sealed value cannot be opened with the configured keys."


class InvalidSettings(CarteiroError):
    """The environment or the settings file is wrong; the message names the setting."""

    code = "settings.invalid"
    summary = "The settings are not valid."
