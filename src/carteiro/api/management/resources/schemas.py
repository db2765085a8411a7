"""Resources and scopes on the wire."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.model.wire import Wire


def _absolute(value: str) -> str:
    try:
        parts = urlsplit(value)
        absolute = parts.scheme and (parts.netloc or parts.path) and not parts.fragment
    except ValueError:
        absolute = False
    if not absolute or any(letter.isspace() for letter in value):
        raise PydanticCustomError("custom", "An indicator is an absolute URI without a fragment.")
    return value


Name = Annotated[str, Field(min_length=1, max_length=256)]
Indicator = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_absolute)]
"""RFC 8707 §2: an absolute URI without a fragment."""
Seconds = Annotated[int, Field(ge=1, le=365 * 86_400)]
ScopeName = Annotated[str, Field(min_length=1, max_length=256)]


class UpdateResource(Wire):
    """What changes; the indicator stays."""

    name: Name | None = None
    access_token_ttl: Seconds | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        return self.model_dump(exclude_unset=True)


class CreateResource(Wire):
    """A resource that tokens are for."""

    name: Name
    indicator: Indicator
    access_token_ttl: Seconds | None = Field(None, description="Seconds; 3600 when not given.")


class DefaultResource(Wire):
    """Whether tokens are for it where none is named."""

    is_default: bool


class UpdateScope(Wire):
    """What changes."""

    nullable = frozenset({"description"})

    name: ScopeName | None = None
    description: str | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        return self.model_dump(exclude_unset=True)


class CreateScope(UpdateScope):
    """A scope of a resource."""

    name: ScopeName
