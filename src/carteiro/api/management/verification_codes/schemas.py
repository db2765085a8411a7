"""Verification codes on the wire."""

from __future__ import annotations

from pydantic import Field

from carteiro.api.fields import Email, Phone
from carteiro.model.wire import Wire


class RequestCode(Wire):
    """Who gets a code. `locale` and `uiLocales` name the language of the mail."""

    email: Email | None = Field(None, description="Exactly one address.")
    phone: Phone | None = Field(None, description="Needs an SMS connector.")
    locale: str | None = Field(
        None, max_length=64, description="The BCP 47 tag of the mail's language."
    )
    ui_locales: str | None = Field(
        None,
        max_length=1024,
        description="Tags in order of preference, separated by blanks; `locale` goes before.",
    )
    organization_id: str | None = Field(
        None, max_length=21, description="Whose templates and sender the mail has, if it has any."
    )
    application_id: str | None = Field(
        None,
        max_length=21,
        description="The same for an application; the one that asks where none is given.",
    )


class RedeemCode(Wire):
    """A code that somebody typed, and whose it should be."""

    email: Email | None = None
    phone: Phone | None = None
    verification_code: str = Field(min_length=1)
