"""Verification codes on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.errors import InvalidAddress
from carteiro.model.addresses import parse_address
from carteiro.model.wire import Wire

MAX_EMAIL = 128
"""The wire's limit (management API §3.4); a longer one is answered 422 by the flow."""


def _one_address(value: str) -> str:
    try:
        if len(value) <= MAX_EMAIL:
            parse_address(value)
    except InvalidAddress as error:
        raise PydanticCustomError(
            "invalid_string:email", "{reason}", {"reason": str(error)}
        ) from None
    return value


Email = Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$"), AfterValidator(_one_address)]


class RequestCode(Wire):
    """Who gets a code. `locale` and `uiLocales` name the language of the mail."""

    email: Email | None = Field(None, description="Exactly one address.")
    phone: str | None = Field(None, pattern=r"^\d+$", description="Needs an SMS connector.")
    locale: str | None = Field(
        None, max_length=64, description="The BCP 47 tag of the mail's language."
    )
    ui_locales: str | None = Field(
        None,
        max_length=1024,
        description="Tags in order of preference, separated by blanks; `locale` goes before.",
    )


class RedeemCode(Wire):
    """A code that somebody typed, and whose it should be."""

    email: Email | None = None
    phone: str | None = Field(None, pattern=r"^\d+$")
    verification_code: str = Field(min_length=1)
