"""The kinds of values that several bodies have, with the wire's own patterns."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.directory.settings.sign_in_experience import require_url
from carteiro.errors import InvalidAddress, ValueTooLong
from carteiro.model.addresses import parse_address
from carteiro.model.operations import NAME
from carteiro.oidc.canonical import NotCanonical, canonical

MAX_IDENTIFIER = 128
"""The wire's limit of addresses, numbers and user names (management API §3.4, §3.6)."""
JsonObject = dict[str, Any]
_MAX_PARAMETERS = 16 * 1024


def _one_address(value: str) -> str:
    try:
        if len(value) <= MAX_IDENTIFIER:
            parse_address(value)
    except InvalidAddress as error:
        raise PydanticCustomError(
            "invalid_string:email", "{reason}", {"reason": str(error)}
        ) from None
    return value


def _url_or_empty(value: str) -> str:
    return require_url(value) if value else value


def _parameters(value: JsonObject) -> JsonObject:
    try:
        size = len(canonical(value))
    except NotCanonical as error:
        raise PydanticCustomError("custom", "{fault}", {"fault": str(error)}) from None
    if size > _MAX_PARAMETERS:
        fault = f"At most {_MAX_PARAMETERS:,} bytes of parameters."
        raise PydanticCustomError("custom", "{fault}", {"fault": fault})
    return value


Operation = Annotated[str, Field(pattern=NAME)]
"""An operation that somebody confirms, by its name for programs."""
Parameters = Annotated[JsonObject, AfterValidator(_parameters)]
"""What it is to be done with; it is hashed and kept nowhere."""
Email = Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$"), AfterValidator(_one_address)]
"""Exactly one address; one that is too long is the flow's error, with another status."""
EmailOrEmpty = Annotated[
    str,
    Field(pattern=r"^(\S+@\S+\.\S+)?$"),
    AfterValidator(lambda value: _one_address(value) if value else value),
]
Phone = Annotated[str, Field(pattern=r"^[0-9]+$")]
PhoneOrEmpty = Annotated[str, Field(pattern=r"^[0-9]*$")]
Username = Annotated[str, Field(pattern=r"^[A-Z_a-z][0-9A-Za-z_]*$")]
UsernameOrEmpty = Annotated[str, Field(pattern=r"^([A-Z_a-z][0-9A-Za-z_]*)?$")]
UrlOrEmpty = Annotated[str, Field(max_length=2048), AfterValidator(_url_or_empty)]
"""A URL, or ``""`` for none."""
Id = Annotated[str, Field(min_length=1)]
Ids = list[Id]
"""Ids, none of them empty; the list may be."""
SomeIds = Annotated[Ids, Field(min_length=1)]


def require_short(*values: str | None) -> None:
    """Refuse what passes its pattern and does not fit its column. Raises ``ValueTooLong``."""
    if any(value is not None and len(value) > MAX_IDENTIFIER for value in values):
        raise ValueTooLong(f"At most {MAX_IDENTIFIER} characters are stored.")
