"""The sender of an organization's or an application's mails, as the wire has it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.errors import InvalidAddress
from carteiro.model.addresses import parse_mailbox
from carteiro.model.display_names import CONTROLS, LONGEST_NAME, clean_name
from carteiro.model.wire import Wire

_LONGEST_MAILBOX = 512


def _name(value: str) -> str:
    if clean_name(value) != value:
        raise PydanticCustomError(
            "custom", "A name is one line without angle brackets, controls and outer blanks."
        )
    if "{{" in value:
        raise PydanticCustomError("custom", "Placeholders are not filled in here.")
    return value


def _one_mailbox(value: str) -> str:
    try:
        mailbox = None if CONTROLS.search(value) else parse_mailbox(value)
    except InvalidAddress:
        mailbox = None
    # What is left of a list has its other addresses in the name.
    if mailbox is None or "@" in (mailbox.name or ""):
        raise PydanticCustomError("custom", "Expected exactly one address or Name <address>.")
    return value


class _Said(Wire):
    from_name: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_name)] | None
    ) = Field(None, description="The name before the address in `From`.")
    reply_to: (
        Annotated[
            str, Field(min_length=3, max_length=_LONGEST_MAILBOX), AfterValidator(_one_mailbox)
        ]
        | None
    ) = Field(None, description="Where answers go: one address, with or without a name.")


class SenderUpdate(_Said):
    """Who the mails are from; what is `null`, or left out, is as the next level has it."""

    nullable: ClassVar[frozenset[str]] = frozenset({"connectorId", "fromName", "replyTo"})

    connector_id: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        None,
        description=(
            "The id of the tenant's email connector, of a further one, or of a reserved one. "
            "The tenant's connectors come after it where it cannot send."
        ),
    )


class SenderFile(_Said):
    """The same in a configuration's file, where connectors have names."""

    connector: Annotated[str, Field(min_length=1, max_length=128)] | None = None
