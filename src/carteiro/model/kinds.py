"""The reasons for which a person gets a mail, and what each mail may speak of.

The names and the fields are the wire's (``templateType``, ``usageType``); they are part of the
public API and of every stored template. Nine are the compatible API's; the notices are ours.
"""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import NotRequired, TypedDict


class TemplateType(StrEnum):
    """Why a message is sent.

    >>> from carteiro import TemplateType
    >>> TemplateType("ForgotPassword") is TemplateType.FORGOT_PASSWORD
    True
    """

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 - a template type
    ORGANIZATION_INVITATION = "OrganizationInvitation"
    GENERIC = "Generic"
    USER_PERMISSION_VALIDATION = "UserPermissionValidation"
    BIND_NEW_IDENTIFIER = "BindNewIdentifier"
    MFA_VERIFICATION = "MfaVerification"
    BIND_MFA = "BindMfa"
    PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 - a template type
    EMAIL_CHANGED = "EmailChanged"
    PHONE_CHANGED = "PhoneChanged"
    MFA_CHANGED = "MfaChanged"
    SESSIONS_ENDED = "SessionsEnded"
    NEW_DEVICE = "NewDevice"


NOTICES = (
    TemplateType.PASSWORD_CHANGED,
    TemplateType.EMAIL_CHANGED,
    TemplateType.PHONE_CHANGED,
    TemplateType.MFA_CHANGED,
    TemplateType.SESSIONS_ENDED,
    TemplateType.NEW_DEVICE,
)
"""What only tells: such a mail has neither a code nor a link, and ``Generic`` never serves it."""


class WayOn(StrEnum):
    """What a mail brings so that whoever gets it can go on: the name of a variable."""

    CODE = "code"
    LINK = "link"


def way_on(kind: TemplateType) -> WayOn | None:
    """What a mail of this type brings; a notice brings nothing."""
    if kind in NOTICES:
        return None
    return WayOn.LINK if kind is TemplateType.ORGANIZATION_INVITATION else WayOn.CODE


def brought(kind: TemplateType, payload: Container[str]) -> tuple[WayOn, ...]:
    """What a mail with this payload has to show one of: what it brings, else what its type does."""
    found = tuple(way for way in WayOn if way in payload)
    if found or (way := way_on(kind)) is None:
        return found
    return (way,)


REQUIRED_USAGE_TYPES = (
    TemplateType.REGISTER,
    TemplateType.SIGN_IN,
    TemplateType.FORGOT_PASSWORD,
    TemplateType.GENERIC,
)
"""What a connector's own list of templates must cover, in the order in which gaps are reported."""


class Branding(TypedDict, total=False):
    """Logos of an application, an organization or the tenant; each an absolute URL."""

    logoUrl: str
    darkLogoUrl: str
    favicon: str
    darkFavicon: str


class ApplicationInfo(TypedDict):
    """The public face of the application that the person is signing in to."""

    id: str
    name: str
    displayName: NotRequired[str]
    branding: NotRequired[Branding]


class OrganizationInfo(TypedDict):
    """The public face of an organization."""

    id: str
    name: str
    branding: NotRequired[Branding]


class Address(TypedDict, total=False):
    """A postal address, as OpenID Connect names its parts."""

    formatted: str
    streetAddress: str
    locality: str
    region: str
    postalCode: str
    country: str


class Profile(TypedDict, total=False):
    """The standard claims of OpenID Connect that a person may have filled in."""

    familyName: str
    givenName: str
    middleName: str
    nickname: str
    preferredUsername: str
    profile: str
    website: str
    gender: str
    birthdate: str
    zoneinfo: str
    locale: str
    address: Address


class UserInfo(TypedDict):
    """The public face of a person; a value that is not set is ``None``."""

    id: str
    name: NotRequired[str | None]
    username: NotRequired[str | None]
    primaryEmail: NotRequired[str | None]
    primaryPhone: NotRequired[str | None]
    avatar: NotRequired[str | None]
    profile: NotRequired[Profile]


class TemplateContext(TypedDict, total=False):
    """Every variable that Carteiro itself puts before a template. Callers may add their own."""

    code: str
    link: str
    operation: str
    locale: str
    uiLocales: str
    application: ApplicationInfo
    organization: OrganizationInfo
    user: UserInfo
    inviter: UserInfo
    expiresInMinutes: int
    expiresInSeconds: int
    expiresAt: str
    maxRetryAttempts: int
