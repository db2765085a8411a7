"""Answers about who may do what where, and counts of people."""

from __future__ import annotations

from typing_extensions import TypedDict

from carteiro.api.answers.people import (
    Application,
    GlimpsedUser,
    Organization,
    Resource,
    Role,
    Scope,
)
from carteiro.api.answers.shapes import RoleName
from carteiro.api.management.applications.schemas import ApplicationType


class OrganizationScope(TypedDict):
    """What roles can give inside organizations."""

    tenantId: str
    id: str
    name: str
    description: str | None


class OrganizationApplication(Application):
    """An application with its roles in an organization."""

    organizationRoles: list[RoleName]


class GlimpsedApplication(TypedDict):
    """An application as a list of roles shows it."""

    id: str
    name: str
    type: ApplicationType


class HeldRole(Role):
    """A role with how many have it."""

    usersCount: int
    featuredUsers: list[GlimpsedUser]
    applicationsCount: int
    featuredApplications: list[GlimpsedApplication]


class ScopeOfResource(Scope):
    """A scope with its resource."""

    resource: Resource


class AskedScope(TypedDict):
    """A scope that an application may ask for."""

    id: str
    name: str
    description: str | None


class AskedResource(TypedDict):
    """A resource as it stands beside what an application may ask of it."""

    id: str
    name: str
    indicator: str


class AskedScopes(TypedDict):
    """What an application may ask of a resource."""

    resource: AskedResource
    scopes: list[AskedScope]


class ConsentScopes(TypedDict):
    """All that a third-party application may ask people for."""

    organizationScopes: list[AskedScope]
    resourceScopes: list[AskedScopes]
    organizationResourceScopes: list[AskedScopes]
    userScopes: list[str]


class ConsentOrganizations(TypedDict):
    """The organizations that somebody let an application into."""

    organizations: list[Organization]


class UserTotal(TypedDict):
    """How many people there are."""

    totalUserCount: int


class Counted(TypedDict):
    """A count, and how much it has grown since the time before."""

    count: int
    delta: int


class NewUsers(TypedDict):
    """How many people are new."""

    today: Counted
    last7Days: Counted


class CountedDay(TypedDict):
    """How many were active on a day."""

    date: str
    count: int


class ActiveUsers(TypedDict):
    """How many people are active: each of thirty days, and a day, a week and a month."""

    dauCurve: list[CountedDay]
    dau: Counted
    wau: Counted
    mau: Counted
