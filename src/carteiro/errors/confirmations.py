"""Why an operation was not confirmed, or a statement of it not taken."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class CannotConfirm(CarteiroError):
    """Nobody could type a code for this: the person has no address, or may not sign in."""

    code = "confirmation.cannot_confirm"
    summary = "The person cannot confirm anything by mail."


class ConfirmationSpent(CarteiroError):
    """The operation was confirmed: ask for a new confirmation to do it once more."""

    code = "confirmation.spent"
    summary = "This has been confirmed. Ask for a new confirmation."


class InvalidStatement(CarteiroError):
    """This is no statement of ours for this application."""

    code = "confirmation.invalid_statement"
    summary = "This is no statement for this application."


class StatementExpired(InvalidStatement):
    """The statement's time is over: ask for a new confirmation."""

    code = "confirmation.statement_expired"
    summary = "The statement has expired. Ask for a new confirmation."


class StatementSpent(InvalidStatement):
    """The statement was acted on."""

    code = "confirmation.statement_spent"
    summary = "The statement has been used."
