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
