"""From what stands in somebody's way to what a page says of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.screens.state import Said

_WORDS: Mapping[type[CarteiroError], Said] = {
    errors.CaptchaFailed: Said("error.captcha_verification_failed"),
    errors.CaptchaRequired: Said("own.captcha"),
    errors.CodeExpired: Said("own.code_expired"),
    errors.CodeMismatch: Said("error.invalid_passcode"),
    errors.CodeNotFound: Said("own.no_code"),
    errors.ConnectorError: Said("error.send_verification_code_failed"),
    errors.ConnectorNotFound: Said("error.send_verification_code_failed"),
    errors.EmailNotAllowed: Said("own.address_not_allowed"),
    errors.EmailSubaddressingNotAllowed: Said("own.address_not_allowed"),
    errors.Forbidden: Said("own.method_not_enabled"),
    errors.InvalidCredentials: Said("own.invalid_credentials"),
    errors.InvalidInput: Said("error.invalid_email"),
    errors.SamePassword: Said("own.same_password"),
    errors.SignInMethodNotEnabled: Said("own.method_not_enabled"),
    errors.TooManyAttempts: Said("own.too_many_attempts"),
    errors.TooManyTries: Said("own.too_many_attempts"),
    errors.UserSuspended: Said("error.account_suspended"),
    errors.UsernameInUse: Said("error.username_exists"),
    errors.UsernameInvalidCharset: Said("error.username_invalid_charset"),
    errors.UsernameLowercaseNotAllowed: Said("error.username_lowercase_not_allowed"),
    errors.UsernameNumbersNotAllowed: Said("error.username_numbers_not_allowed"),
    errors.UsernameStartsWithNumber: Said("error.username_should_not_start_with_number"),
    errors.UsernameUnderscoreNotAllowed: Said("error.username_underscore_not_allowed"),
    errors.UsernameUppercaseNotAllowed: Said("error.username_uppercase_not_allowed"),
}
_UNKNOWN = Said("error.unknown")


def words_for(error: CarteiroError, **values: Any) -> Said:
    """What a page says of an error; of one that nobody can do anything about, that it happened."""
    if isinstance(error, errors.MessageRateLimited):
        minutes = max(1, math.ceil((error.retry_after or 60) / 60))
        return Said("own.wait_for_mail", {"minutes": minutes})
    if isinstance(error, errors.RecipientSuppressed):
        return Said("own.not_arriving", values)
    if isinstance(error, (errors.UsernameTooShort, errors.UsernameTooLong)):
        bounds = error.data if isinstance(error.data, Mapping) else {}
        return Said(f"error.{error.code.removeprefix('user.')}", bounds)
    for kind in type(error).__mro__:
        if kind in _WORDS:
            return _WORDS[kind]
    return _UNKNOWN
