"""Who asks, and whether they may."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


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
    """The token is valid and has neither the scope ``all`` nor the one that is needed."""

    code = "auth.forbidden"
    summary = "The access token does not carry the required scope."
