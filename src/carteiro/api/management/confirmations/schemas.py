"""Confirmations on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.api.fields import Id, Operation, Parameters
from carteiro.model.operations import words_fault
from carteiro.model.wire import Wire
from carteiro.oidc.statements import LIFETIME
from carteiro.storage.sign_in.confirmations import Confirmation


def _words(value: str) -> str:
    if fault := words_fault(value):
        raise PydanticCustomError("custom", "{fault}", {"fault": fault})
    return value


Application = Annotated[str, Field(min_length=1, max_length=21)]
_NAMED = "Whose statement it is; without it the caller's own."


class _InALanguage(Wire):
    """What names the language of a mail."""

    locale: str | None = Field(
        None, max_length=64, description="The BCP 47 tag of the mail's language."
    )
    ui_locales: str | None = Field(
        None,
        max_length=1024,
        description="Tags in order of preference, separated by blanks; `locale` goes before.",
    )


class AskToConfirm(_InALanguage):
    """Who is to confirm what. `parameters` are hashed, and kept nowhere."""

    user_id: Id
    application_id: Application | None = Field(None, description=_NAMED)
    operation: Operation = Field(description="Its name for programs, such as `transfer`.")
    words: Annotated[str, AfterValidator(_words)] | None = Field(
        None, description="What the mail says of it: one line without a link.", repr=False
    )
    parameters: Parameters = Field(
        default_factory=dict,
        description="What it is to be done with; numbers are whole.",
        repr=False,
    )


class AskAgain(_InALanguage):
    """In which language the code is sent once more."""

    application_id: Application | None = Field(None, description=_NAMED)


class TypedCode(Wire):
    """The code that the person has typed."""

    application_id: Application | None = Field(None, description=_NAMED)
    code: str = Field(min_length=1, max_length=128, repr=False)


class ToUse(Wire):
    """A statement that is acted on now."""

    application_id: Application | None = Field(None, description=_NAMED)
    statement: str = Field(min_length=1, max_length=4096, repr=False)


def confirmation_response(asked: Confirmation) -> dict[str, Any]:
    """What waits, as its caller sees it."""
    return {
        "id": asked.id,
        "userId": asked.user_id,
        "applicationId": asked.application_id,
        "operation": asked.operation,
        "parametersHash": asked.parameters_hash,
        "createdAt": asked.created_at,
        "expiresAt": asked.expires_at,
    }


def statement_response(statement: str) -> dict[str, Any]:
    """A fresh statement, and the seconds that it is good for."""
    return {"statement": statement, "expiresIn": LIFETIME}
