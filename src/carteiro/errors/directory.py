"""People, organizations, applications and hooks: what cannot be done with them."""

from __future__ import annotations

from carteiro.errors.requests import InvalidRequestInput, UniqueViolation
from carteiro.errors.root import CarteiroError


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


class InvalidPhone(CarteiroError):
    """Digits that are no phone number of any country."""

    code = "user.invalid_phone"
    summary = "This is not a valid phone number."


class SecretNameExists(UniqueViolation):
    """The application has a secret of this name."""

    code = "application.secret_name_exists"
    summary = "The application already has a secret of this name."


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


class InvitationConflict(InvalidRequestInput):
    """The state of an invitation, or of whom it is for, does not allow this."""


class MembershipRequired(CarteiroError):
    """The person does not belong to the organization."""

    code = "organization.require_membership"
    summary = "The person is not a member of the organization."


class RoleNamesNotFound(CarteiroError):
    """A name that no organization role has."""

    code = "organization.role_names_not_found"
    summary = "There is no organization role of this name."


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


class ThirdPartyApplicationOnly(CarteiroError):
    """Nobody is asked for consent by an application of one's own."""

    code = "application.third_party_application_only"
    summary = "This is for third-party applications only."


class UserConsentScopesNotFound(CarteiroError):
    """Scopes are named that there are not; ``data`` lists them by kind."""

    code = "application.user_consent_scopes_not_found"
    summary = "Some of these scopes do not exist."


class ConsentManagementScopesNotAllowed(CarteiroError):
    """People cannot let an application manage."""

    code = "application.consent_management_api_scopes_not_allowed"
    summary = "No third-party application may ask for scopes of the management API."


class UseSamlApi(CarteiroError):
    """SAML applications have an API of their own."""

    code = "application.saml.use_saml_app_api"
    summary = "SAML applications are not made through this API."


class RoleNameInUse(UniqueViolation):
    """Another role has this name."""

    code = "role.name_in_use"
    summary = "This role name is already in use."


class RoleScopeExists(CarteiroError):
    """The role gives this scope already."""

    code = "role.scope_exists"
    summary = "The role already gives this scope."


class RoleUserExists(CarteiroError):
    """Somebody of those who are named has the role."""

    code = "role.user_exists"
    summary = "One of these people has the role already."


class RoleApplicationExists(CarteiroError):
    """One of the applications that are named has the role."""

    code = "role.application_exists"
    summary = "One of these applications has the role already."


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
