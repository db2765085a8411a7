"""From an error to an answer: the one place where Carteiro's errors meet HTTP.

The body is the reference's: ``code``, ``message`` and, where there is something to say, ``data``
and ``details``. The default status is 400.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.model.issues import describe
from carteiro.model.limits import MAX_ADDRESS, MAX_HEAD, MAX_HEADERS
from carteiro.oidc import errors as oauth

DEFAULT_STATUS = 400
STATUSES: Mapping[type[CarteiroError], int] = {
    errors.AdaptiveMfaRequiresMfa: 422,
    errors.AdaptiveMfaRequiresNonSkippablePolicy: 422,
    errors.AuthorizationHeaderMissing: 401,
    errors.AuthorizationTypeNotSupported: 401,
    errors.BackupCodeRequired: 422,
    errors.BrowserSessionNotFound: 404,
    errors.BulkDeletionNoFilter: 422,
    errors.CannotDeleteDefaultLanguage: 409,
    errors.CannotConfirm: 422,
    errors.CaptchaFailed: 422,
    errors.CaptchaRequired: 422,
    errors.ConfirmationSpent: 422,
    errors.ConnectorInUse: 409,
    errors.ConnectorNotFound: 501,
    errors.ConsentManagementScopesNotAllowed: 422,
    errors.ConstraintViolated: 422,
    errors.DkimKeyRefused: 422,
    errors.DkimRecordMissing: 422,
    errors.DomainTakesNoMail: 422,
    errors.DraftOutdated: 409,
    errors.EmailExistsInProfile: 422,
    errors.EmailNotAllowed: 422,
    errors.EmailSubaddressingNotAllowed: 422,
    errors.EntityNotExists: 404,
    errors.EntityNotExistsWithId: 404,
    errors.EntityNotFound: 404,
    errors.FactorNotFound: 404,
    errors.FeatureNotSupported: 422,
    errors.FeedbackRejected: 401,
    errors.FeedbackUnavailable: 503,
    errors.Forbidden: 403,
    errors.HookEndpointFailed: 422,
    errors.HookTestFailed: 422,
    errors.IdentifierNotFound: 404,
    errors.IdentityConflict: 409,
    errors.IdentityNotExist: 404,
    errors.IdentityNotVerified: 401,
    errors.InteractionNotFound: 404,
    errors.InternalRoleViolation: 403,
    errors.InvalidApplicationRoleType: 422,
    errors.InvalidApplicationType: 422,
    errors.InvalidCredentials: 422,
    errors.InvalidPhone: 422,
    errors.InvalidTranslationStructure: 422,
    errors.InvalidTypeForSyncingProfile: 422,
    errors.InvalidUserRoleType: 422,
    errors.InvitationConflict: 422,
    errors.LanguageIncomplete: 422,
    errors.MembershipRequired: 422,
    errors.MessageNotWaiting: 409,
    errors.MessageRateLimited: 429,
    errors.MethodNotAllowed: 405,
    errors.MethodNotImplemented: 501,
    errors.MfaPolicyNotUserControlled: 422,
    errors.MfaVerificationRequired: 403,
    errors.MissingMfa: 422,
    errors.MissingProfile: 422,
    errors.NameUnavailable: 503,
    errors.NewPasswordRequired: 422,
    errors.NoWayToReset: 422,
    errors.NobodyToVerify: 400,
    errors.NonAdaptiveMfaRequiresSkippablePolicy: 422,
    errors.NotSupportedByConnector: 501,
    errors.NothingToStore: 422,
    errors.OrganizationRelationNotFound: 422,
    errors.PasswordExistsInProfile: 422,
    errors.PasswordExpirationInvalidPeriod: 422,
    errors.PasswordExpirationRequiresForgotPassword: 422,
    errors.PasswordExpired: 422,
    errors.PasswordRejected: 422,
    errors.PhoneExistsInProfile: 422,
    errors.PreconditionFailed: 412,
    errors.RateLimitExceeded: 429,
    errors.RecipientSuppressed: 422,
    errors.RelationNotFound: 404,
    errors.RoleApplicationExists: 422,
    errors.RoleNamesNotFound: 422,
    errors.RoleScopeExists: 422,
    errors.RoleUserExists: 422,
    errors.RouteNotFound: 404,
    errors.SamePassword: 422,
    errors.SchemaOutdated: 503,
    errors.SealBroken: 500,
    errors.SignInMethodNotEnabled: 422,
    errors.StatementSpent: 422,
    errors.StorageUnavailable: 503,
    errors.StorageUnusable: 503,
    errors.SubjectMissing: 401,
    errors.ThirdPartyApplicationOnly: 422,
    errors.ThirdPartyForbidden: 403,
    errors.SuggestAdditionalMfa: 422,
    errors.SuggestMfa: 422,
    errors.TokenNotFound: 404,
    errors.TooBusy: 503,
    errors.Unauthorized: 401,
    errors.UniqueViolation: 422,
    errors.UnknownConnectorId: 422,
    errors.UnknownTenant: 404,
    errors.UsageLimitExceeded: 429,
    errors.UserConsentScopesNotFound: 422,
    errors.UserNotExist: 404,
    errors.UserSuspended: 401,
    errors.UsernameCaseConflicts: 409,
    errors.UsernameExistsInProfile: 422,
    errors.UsernameRefused: 422,
    errors.ValueTooLong: 422,
    errors.VerificationSessionNotFound: 404,
    oauth.AccessDenied: 403,
    oauth.InsufficientScope: 403,
    oauth.InvalidClient: 401,
    oauth.InvalidToken: 401,
    oauth.UnknownClient: 400,
    oauth.UnrecognizedRoute: 404,
}
"""What is not named here, nor a parent of it, answers 400."""


class MalformedBody(CarteiroError):
    """The body is not a JSON object or array; the answer has no ``code``."""

    code = "request.malformed_body"
    summary = "The request body is not valid JSON."


class BodyTooLarge(CarteiroError):
    """The body is larger than the limit; the answer has no ``code``."""

    code = "request.body_too_large"
    summary = "The request body is too large."


class AddressTooLong(CarteiroError):
    """The path and the query are longer than the limit; the answer has no ``code``."""

    code = "request.address_too_long"
    summary = f"The address has more than {MAX_ADDRESS} bytes."


class HeadTooLarge(CarteiroError):
    """There are too many headers, or they are too long; the answer has no ``code``."""

    code = "request.head_too_large"
    summary = f"The headers have more than {MAX_HEAD} bytes, or are more than {MAX_HEADERS}."


_BARE: Mapping[type[CarteiroError], int] = {
    MalformedBody: 400,
    BodyTooLarge: 413,
    AddressTooLong: 414,
    HeadTooLarge: 431,
}
"""What is refused before anybody asks what it is about: a message and no ``code``."""
_ABOUT_GRANTS = "https://openid.sh/debug/invalid_grant"
"""The address that the reference gives with this error."""


def status_of(error: CarteiroError) -> int:
    """The HTTP status of an error."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return DEFAULT_STATUS


def body_of(error: CarteiroError) -> dict[str, Any]:
    """The JSON body of an error, without the members that have nothing to say."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error.data, Mapping):
        body["data"] = dict(error.data)
    elif error.data is not None:
        body["data"] = list(error.data)
    if isinstance(error, (errors.InvalidInput, errors.InvalidConfig)):
        body["details"] = describe(error.issues)
    return body


def answer(request: Request, error: Exception) -> Response:
    """The answer to a request that failed on purpose."""
    assert isinstance(error, CarteiroError)
    if type(error) in _BARE:
        return JSONResponse({"message": error.message}, _BARE[type(error)])
    if isinstance(error, errors.UnknownTenant):
        return not_found()
    if isinstance(error, oauth.OAuthError):
        return _oauth(request, error)
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return JSONResponse(body_of(error), status_of(error), headers)


def _oauth(request: Request, error: oauth.OAuthError) -> Response:
    headers = {"Cache-Control": "no-store"}
    status = status_of(error)
    if isinstance(error, (oauth.InvalidToken, oauth.InsufficientScope)):
        headers["WWW-Authenticate"] = (
            f'Bearer realm="carteiro", error="{error.error}", '
            f'error_description="{error.description}"'
        )
    elif status == 401 and "authorization" in request.headers:
        headers["WWW-Authenticate"] = 'Basic realm="carteiro"'
    body = {"error": error.error, "error_description": error.description}
    if isinstance(error, (oauth.InvalidScope, oauth.InsufficientScope)):
        body["scope"] = error.scope
    if request.query_params.get("parse_error") != "false":
        more = {"error_uri": _ABOUT_GRANTS} if isinstance(error, oauth.InvalidGrant) else {}
        body = {"code": error.code, "message": error.message, **more, **body}
    return JSONResponse(body, status, headers)


def unexpected() -> Response:
    """The answer to a defect: nothing of it is told."""
    return JSONResponse({"message": "Internal server error."}, 500)


def not_found() -> Response:
    """The answer to a path that does not exist."""
    return PlainTextResponse("Not Found", 404)
