"""Roles on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from carteiro.api.management.fields import Ids, SomeIds
from carteiro.model.wire import Wire

Name = Annotated[str, Field(min_length=1, max_length=128)]


class UpdateRole(Wire):
    """What changes."""

    name: Name | None = None
    description: Name | None = None
    is_default: bool | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        return self.model_dump(exclude_unset=True, exclude={"scope_ids"})


class CreateRole(UpdateRole):
    """A new role, and what it gives."""

    name: Name
    description: Name
    type: Literal["User", "MachineToMachine"] = "User"
    scope_ids: Ids | None = None

    def columns(self) -> dict[str, Any]:
        """The members as the columns hold them."""
        return {**super().columns(), "type": self.type}


class ScopeIds(Wire):
    """Scopes to give."""

    scope_ids: SomeIds
