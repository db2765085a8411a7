"""What a token request can be refused for, in OAuth's own words (RFC 6749 §5.2).

``error`` is the wire's name, ``description`` says more; ``message`` is one sentence for each name.
"""

from __future__ import annotations

from typing import ClassVar

from carteiro.errors import CarteiroError


class OAuthError(CarteiroError):
    """The root: ``description`` is what ``error_description`` says."""

    error: ClassVar[str] = "invalid_request"
    code = "oidc.invalid_request"
    described: ClassVar[str] = "request is invalid"

    def __init__(self, description: str | None = None) -> None:
        super().__init__()
        self.description = description or self.described


class InvalidOAuthRequest(OAuthError):
    """The request lacks a parameter, repeats one, or is not formed as it has to be."""

    summary = "Request is invalid."


class UnrecognizedRoute(InvalidOAuthRequest):
    """The provider has nothing at this address, or not for this method."""


class InvalidClient(OAuthError):
    """The application's secret is wrong."""

    error = "invalid_client"
    code = "oidc.invalid_client"
    summary = "Client is invalid."
    described = "client authentication failed"


class UnknownClient(InvalidClient):
    """There is no such application; the request named it in its body."""


class AccessDenied(OAuthError):
    """The application may not have this."""

    error = "access_denied"
    code = "oidc.access_denied"
    summary = "Access is denied."
    described = "access denied"


class UnsupportedGrantType(OAuthError):
    """The grant is not one that this provider has."""

    error = "unsupported_grant_type"
    code = "oidc.unsupported_grant_type"
    summary = "Grant type is not supported."
    described = "unsupported grant_type requested"


class InvalidTarget(OAuthError):
    """The resource is missing or unknown (RFC 8707)."""

    error = "invalid_target"
    code = "oidc.invalid_target"
    summary = "Target is invalid."
    described = "resource indicator is missing, or unknown"


class SessionNotFound(InvalidOAuthRequest):
    """The interaction or the browser session is over, or the browser does not show that it has it.

    The code is the reference's for both (experience §1.5).
    """

    code = "session.not_found"
    summary = "The session is not found. Please go back and sign in again."
    described = "interaction session not found"


class InvalidRedirectUri(OAuthError):
    """The application has not registered this address, or does not exist to have one."""

    error = "invalid_redirect_uri"
    code = "oidc.invalid_redirect_uri"
    summary = "The redirect URI is invalid."
    described = "redirect_uri did not match any of the client's registered redirect_uris"


class UnsupportedResponseType(OAuthError):
    """There is no such kind of answer."""

    error = "unsupported_response_type"
    code = "oidc.unsupported_response_type"
    summary = "The response type is not supported."
    described = "unsupported response_type requested"


class UnsupportedResponseMode(OAuthError):
    """There is no such way to answer."""

    error = "unsupported_response_mode"
    code = "oidc.unsupported_response_mode"
    summary = "The response mode is not supported."
    described = "unsupported response_mode requested"


class UnauthorizedClient(OAuthError):
    """The application may not ask in this way."""

    error = "unauthorized_client"
    code = "oidc.unauthorized_client"
    summary = "The client is not authorized."
    described = "client is not authorized to perform the request"


class RequestNotSupported(OAuthError):
    """The request comes in a form that this provider does not read."""

    error = "request_not_supported"
    code = "oidc.request_not_supported"
    summary = "This form of request is not supported."
    described = "request parameter provided but not supported"


class RegistrationNotSupported(OAuthError):
    """The request would register its client, which this provider does not let it."""

    error = "registration_not_supported"
    code = "oidc.registration_not_supported"
    summary = "Registering with a request is not supported."
    described = "registration parameter provided but not supported"


class InvalidRequestUri(OAuthError):
    """The pushed request is over, unknown, or another application's (RFC 9126)."""

    error = "invalid_request_uri"
    code = "oidc.invalid_request_uri"
    summary = "The request URI is invalid."
    described = "request_uri is invalid, expired, or was already used"


class LoginRequired(OAuthError):
    """The person would have to sign in, and may not be asked to."""

    error = "login_required"
    code = "oidc.login_required"
    summary = "Signing in is required."
    described = "End-User authentication is required"


class ConsentRequired(OAuthError):
    """The person would have to let the application in, and may not be asked to."""

    error = "consent_required"
    code = "oidc.consent_required"
    summary = "Consent is required."
    described = "requested scopes not granted"


class InvalidScope(OAuthError):
    """A scope is more than there is to have; ``scope`` names it."""

    error = "invalid_scope"
    code = "oidc.invalid_scope"
    summary = "The scope is invalid."
    described = "requested scope is not allowed"

    def __init__(self, description: str | None = None, *, scope: str) -> None:
        super().__init__(description)
        self.scope = scope


class InsufficientScope(OAuthError):
    """The token lacks a scope that this needs; ``scope`` names it."""

    error = "insufficient_scope"
    code = "oidc.insufficient_scope"
    summary = "The token lacks a required scope."
    described = "access token missing required scope"

    def __init__(self, description: str | None = None, *, scope: str) -> None:
        super().__init__(description)
        self.scope = scope


class InvalidGrant(OAuthError):
    """A code or a refresh token is not good; what is wrong with it is not told."""

    error = "invalid_grant"
    code = "oidc.invalid_grant"
    summary = "The grant is invalid."
    described = "grant request is invalid"


class InvalidToken(OAuthError):
    """The access token is not good."""

    error = "invalid_token"
    code = "oidc.invalid_token"
    summary = "The token is invalid."
    described = "invalid token provided"


class UnsupportedTokenType(OAuthError):
    """Tokens of this kind are not looked at here."""

    error = "unsupported_token_type"
    code = "oidc.unsupported_token_type"
    summary = "Tokens of this kind are not supported here."
    described = "unsupported token type"
