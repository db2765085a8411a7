"""Answers about people, organizations, applications, roles and resources."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members, Moment, RoleName
from carteiro.api.management.applications.schemas import (
    ApplicationType,
    CustomClientMetadata,
    OidcClientMetadata,
)
from carteiro.api.profile import Profile
from carteiro.directory.settings.sign_in_experience import BrandingSettings, PartialColor

RoleType = Literal["User", "MachineToMachine"]


class _Person(TypedDict):
    id: str
    username: str | None
    primaryEmail: str | None
    primaryPhone: str | None
    name: str | None
    avatar: str | None
    customData: Members
    identities: Members
    lastSignInAt: Moment | None
    createdAt: Moment
    updatedAt: Moment
    profile: Profile
    applicationId: str | None
    cimdClientId: str | None
    isSuspended: bool


class User(_Person):
    """A person; the password's digest and single sign-on only where they are asked for."""

    hasPassword: bool
    passwordDigest: NotRequired[str | None]
    passwordAlgorithm: NotRequired[str | None]
    ssoIdentities: NotRequired[list[Members]]


class OrganizationMember(_Person):
    """A person with their roles in an organization."""

    organizationRoles: list[RoleName]


class HasPassword(TypedDict):
    """Whether there is a password."""

    hasPassword: bool


class Held(TypedDict):
    """What one table holds of a person: all that may be shown, and the names of what may not."""

    total: int
    notShown: list[str]
    rows: list[Members]


class PersonalData(TypedDict):
    """Everything that is held of a person."""

    user: Held
    organizations: Held
    organizationRoles: Held
    roles: Held
    consentedOrganizations: Held
    activeDays: Held
    knownBrowsers: Held
    verificationRecords: Held
    grants: Held
    sessions: Held
    tokens: Held
    interactions: Held
    codes: Held
    oneTimeTokens: Held
    invitationRoles: Held
    invitations: Held
    attempts: Held
    idleRounds: Held
    messageEvents: Held
    messages: Held
    notices: Held
    suppressions: Held
    sendLimits: Held
    failedCodes: Held
    failedSignIns: Held
    webhooks: Held
    templateRevisions: Held
    connectorRevisions: Held
    auditLog: Held


class GlimpsedUser(TypedDict):
    """A person as a list of organizations shows them."""

    id: str
    avatar: str | None
    name: str | None


class Organization(TypedDict):
    """An organization; members or roles only where they are asked for."""

    tenantId: str
    id: str
    name: str
    description: str | None
    customData: Members
    isMfaRequired: bool
    color: PartialColor
    branding: BrandingSettings
    customCss: str | None
    createdAt: Moment
    usersCount: NotRequired[int]
    featuredUsers: NotRequired[list[GlimpsedUser]]
    organizationRoles: NotRequired[list[RoleName]]


class OrganizationDomain(TypedDict):
    """A domain whose people join an organization."""

    tenantId: str
    organizationId: str
    emailDomain: str


class AddedMembers(TypedDict):
    """Who was named."""

    userIds: list[str]


class NamedResource(TypedDict):
    """A resource as it stands beside a scope."""

    id: str
    name: str


class ResourceScopeName(TypedDict):
    """A scope that an organization's role gives."""

    id: str
    name: str
    resource: NamedResource


class MemberRole(TypedDict):
    """A role as a member has it."""

    tenantId: str
    id: str
    name: str
    description: str | None
    type: RoleType


class GivenMemberRoles(TypedDict):
    """The roles that were named."""

    organizationRoleIds: list[str]


class OrganizationRole(MemberRole):
    """A role that people can have in organizations."""

    scopes: list[RoleName]
    resourceScopes: list[ResourceScopeName]


class Invitation(TypedDict):
    """An invitation; one whose time is over shows as expired."""

    tenantId: str
    id: str
    inviterId: str | None
    invitee: str
    acceptedUserId: str | None
    organizationId: str
    status: Literal["Pending", "Accepted", "Revoked", "Expired"]
    createdAt: Moment
    updatedAt: Moment
    expiresAt: Moment
    organizationRoles: list[RoleName]


class Application(TypedDict):
    """An application; `isAdmin` only where one alone is shown."""

    tenantId: str
    id: str
    name: str
    description: str | None
    type: ApplicationType
    oidcClientMetadata: OidcClientMetadata
    customClientMetadata: CustomClientMetadata
    protectedAppMetadata: Members | None
    customData: Members
    isThirdParty: bool
    appLevelAccessControlEnabled: bool
    createdAt: Moment
    isAdmin: NotRequired[bool]


class ApplicationLook(TypedDict):
    """How an application's pages look."""

    tenantId: str
    applicationId: str
    color: PartialColor
    branding: BrandingSettings
    customCss: str | None
    termsOfUseUrl: str | None
    privacyPolicyUrl: str | None
    displayName: str | None


class ApplicationSecret(TypedDict):
    """A secret with its value."""

    tenantId: str
    applicationId: str
    name: str
    value: str
    createdAt: Moment
    expiresAt: Moment | None


class Role(TypedDict):
    """A role that gives scopes."""

    tenantId: str
    id: str
    name: str
    description: str
    type: RoleType
    isDefault: bool


class GivenRoles(TypedDict):
    """The roles that were named, and those that are new."""

    roleIds: list[str]
    addedRoleIds: list[str]


class ReplacedRoles(TypedDict):
    """The roles that were named."""

    roleIds: list[str]


class Scope(TypedDict):
    """What a token for a resource may allow."""

    tenantId: str
    id: str
    resourceId: str
    name: str
    description: str | None
    createdAt: Moment


class Resource(TypedDict):
    """What tokens are for; scopes only where they are asked for."""

    tenantId: str
    id: str
    name: str
    indicator: str
    isDefault: bool
    accessTokenTtl: int
    scopes: NotRequired[list[Scope]]
