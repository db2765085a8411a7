"""Roles on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from carteiro.api.fields import Ids, SomeIds
from carteiro.model.wire import Wire
from carteiro.storage.people.roles import Featured

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


class UserIds(Wire):
    """People to give a role to."""

    user_ids: SomeIds


class ApplicationIds(Wire):
    """Applications to give a role to."""

    application_ids: SomeIds


def holders_response(held: Featured) -> dict[str, Any]:
    """How many people and machines have a role, with a glimpse of them."""
    return {
        "usersCount": held.users_count,
        "featuredUsers": [
            {"id": row["id"], "avatar": row["avatar"], "name": row["name"]} for row in held.users
        ],
        "applicationsCount": held.applications_count,
        "featuredApplications": [
            {"id": row["id"], "name": row["name"], "type": row["type"]} for row in held.applications
        ],
    }
