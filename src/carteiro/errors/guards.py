"""What the guards of signing in refuse: names, passwords, machines, and who tries too often."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class TooManyAttempts(CarteiroError):
    """The identifier is locked, whatever was tried; ``retry_after`` says for how long."""

    code = "session.verification_blocked_too_many_attempts"
    summary = "There were too many failed attempts."


class CaptchaRequired(CarteiroError):
    """Nothing shows yet that a person asks."""

    code = "session.captcha_required"
    summary = "Show first that you are not a machine."


class CaptchaFailed(CarteiroError):
    """The provider does not take it for a person, or could not be asked.

    ``reason`` is for the log: what the provider said is nobody's business at the door.
    """

    code = "session.captcha_failed"
    summary = "It could not be shown that you are not a machine. Try again."

    def __init__(self, *, reason: str | None = None) -> None:
        super().__init__()
        self.reason = reason


class PasswordExpired(CarteiroError):
    """The password is right, and too old."""

    code = "password.expired"
    summary = "The password has expired. Choose a new one."


class PasswordRejected(CarteiroError):
    """The tenant's policy refuses the password; ``data`` is the list of what is wrong with it."""

    code = "password.rejected"
    summary = "The password does not meet the requirements."


class UsernameRefused(CarteiroError):
    """The tenant's policy refuses the user name; the leaves say why."""


class UsernameStartsWithNumber(UsernameRefused):
    """Digits come later."""

    code = "user.username_starts_with_number"
    summary = "A user name does not begin with a digit."


class UsernameInvalidCharset(UsernameRefused):
    """No policy allows such characters."""

    code = "user.username_invalid_charset_hard"
    summary = "A user name is made of letters, digits and underscores."


class UsernameTooShort(UsernameRefused):
    """``data`` has the least number of characters."""

    code = "user.username_too_short"
    summary = "The user name is too short."


class UsernameTooLong(UsernameRefused):
    """``data`` has the largest number of characters."""

    code = "user.username_too_long"
    summary = "The user name is too long."


class UsernameUppercaseNotAllowed(UsernameRefused):
    """The tenant wants no capitals."""

    code = "user.username_uppercase_not_allowed"
    summary = "Capital letters are not allowed in a user name here."


class UsernameLowercaseNotAllowed(UsernameRefused):
    """The tenant wants no small letters."""

    code = "user.username_lowercase_not_allowed"
    summary = "Small letters are not allowed in a user name here."


class UsernameNumbersNotAllowed(UsernameRefused):
    """The tenant wants no digits."""

    code = "user.username_numbers_not_allowed"
    summary = "Digits are not allowed in a user name here."


class UsernameUnderscoreNotAllowed(UsernameRefused):
    """The tenant wants no underscores."""

    code = "user.username_underscore_not_allowed"
    summary = "Underscores are not allowed in a user name here."
