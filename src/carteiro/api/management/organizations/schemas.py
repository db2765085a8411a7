"""Organizations on the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from carteiro.api.fields import Ids, JsonObject, SomeIds
from carteiro.directory.applications import application_info
from carteiro.directory.organizations import organization_info, role_names
from carteiro.directory.people import user_info
from carteiro.directory.settings.sign_in_experience import BrandingSettings, PartialColor
from carteiro.flows.administer.organizations.applications import Machine
from carteiro.flows.administer.organizations.members import Member
from carteiro.flows.administer.organizations.organizations import Featured
from carteiro.model.limits import MAX_ENTRIES
from carteiro.model.wire import Wire

Name = Annotated[str, Field(min_length=1, max_length=128)]
RoleType = Literal["User", "MachineToMachine"]
Domain = Annotated[str, Field(min_length=1)]


class UpdateOrganization(Wire):
    """What changes; `customData`, `color` and `branding` are replaced as a whole."""

    nullable = frozenset({"description", "customCss"})

    name: Name | None = None
    description: Annotated[str, Field(max_length=256)] | None = None
    custom_data: JsonObject | None = None
    is_mfa_required: bool | None = None
    color: PartialColor | None = None
    branding: BrandingSettings | None = None
    custom_css: str | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        given = self.model_dump(exclude_unset=True)
        for name in ("color", "branding"):
            if name in given:
                shape: Wire = getattr(self, name)
                given[name] = shape.model_dump(by_alias=True, mode="json", exclude_unset=True)
        for name in ("custom_data", "color", "branding"):
            if name in given:
                given[name] = json.dumps(given[name], ensure_ascii=False)
        for name in ("description", "custom_css"):
            if name in given:
                given[name] = given[name] or None
        return given


class CreateOrganization(UpdateOrganization):
    """A new organization."""

    name: Name


def require_few(holders: Sequence[str], roles: Sequence[str]) -> None:
    """Refuse more pairs than one list may have entries."""
    if len(holders) * len(roles) > MAX_ENTRIES:
        text = f"At most {MAX_ENTRIES} roles are given at once, those of each holder counted."
        raise PydanticCustomError("custom", text)


class UserIds(Wire):
    """People to add."""

    user_ids: SomeIds


class AllUserIds(Wire):
    """Everybody who is to belong to it."""

    user_ids: Ids


class RoleAssignment(Wire):
    """Who gets which roles."""

    user_ids: SomeIds
    organization_role_ids: SomeIds

    @model_validator(mode="after")
    def _refuse_too_many(self) -> RoleAssignment:
        require_few(self.user_ids, self.organization_role_ids)
        return self


class RoleIds(Wire):
    """Roles of one member, by id or by name; none at all is as good as an empty list."""

    organization_role_ids: Ids | None = None
    organization_role_names: Ids | None = None


class NewDomain(Wire):
    """A domain whose people join by themselves."""

    email_domain: Domain


class AllDomains(Wire):
    """Every domain whose people join by themselves."""

    email_domains: list[Domain]


class UpdateScope(Wire):
    """What changes."""

    nullable = frozenset({"description"})

    name: Name | None = None
    description: Annotated[str, Field(max_length=256)] | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        given = self.model_dump(exclude_unset=True)
        if "description" in given:
            given["description"] = given["description"] or None
        return given


class CreateScope(UpdateScope):
    """A new scope."""

    name: Name


class UpdateRole(UpdateScope):
    """What changes; lists of scopes have addresses of their own."""

    type: RoleType | None = None


class CreateRole(UpdateRole):
    """A new role, and what it gives."""

    name: Name
    organization_scope_ids: list[str] | None = None
    resource_scope_ids: list[str] | None = None


class ScopeIds(Wire):
    """All that a role is to give inside organizations."""

    organization_scope_ids: Ids


class SomeScopeIds(Wire):
    """What a role is to give inside organizations too."""

    organization_scope_ids: SomeIds


class ResourceScopeIds(Wire):
    """All that a role is to give on resources."""

    scope_ids: Ids


class SomeResourceScopeIds(Wire):
    """What a role is to give on resources too."""

    scope_ids: SomeIds


class SomeRoleIds(Wire):
    """Roles, at least one."""

    organization_role_ids: SomeIds


class AllRoleIds(Wire):
    """Roles, or none."""

    organization_role_ids: Ids


class SomeApplicationIds(Wire):
    """Applications to take in."""

    application_ids: SomeIds


class AllApplicationIds(Wire):
    """Every application that is to belong to it."""

    application_ids: Ids


class ApplicationRoleAssignment(Wire):
    """Which applications get which roles."""

    application_ids: SomeIds
    organization_role_ids: SomeIds

    @model_validator(mode="after")
    def _refuse_too_many(self) -> ApplicationRoleAssignment:
        require_few(self.application_ids, self.organization_role_ids)
        return self


def featured_response(featured: Featured) -> JsonObject:
    """An organization with a glimpse of its members."""
    users = [{"id": row.id, "avatar": row.avatar, "name": row.name} for row in featured.users]
    shown = organization_info(featured.row)
    return {**shown, "usersCount": featured.users_count, "featuredUsers": users}


def member_response(member: Member) -> JsonObject:
    """A member with their roles."""
    shown = user_info(member.row)
    del shown["hasPassword"]
    return {**shown, "organizationRoles": role_names(member.roles)}


def machine_response(machine: Machine) -> JsonObject:
    """An application with its roles."""
    return {**application_info(machine.row), "organizationRoles": role_names(machine.roles)}
