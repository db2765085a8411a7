"""Why a code or a token was not taken, or not sent."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


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
