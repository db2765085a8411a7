"""What the Account API answers."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members
from carteiro.api.profile import Profile


class VerificationBegun(TypedDict):
    """A proof, and until when it counts (ISO 8601)."""

    verificationRecordId: str
    expiresAt: str


class VerificationDone(TypedDict):
    """A proof that counts now."""

    verificationRecordId: str


class Account(TypedDict):
    """An account as its owner sees it; what is not theirs to see is left out."""

    id: str
    hasSecurityVerificationMethod: bool
    name: NotRequired[str | None]
    avatar: NotRequired[str | None]
    username: NotRequired[str | None]
    primaryEmail: NotRequired[str | None]
    primaryPhone: NotRequired[str | None]
    profile: NotRequired[Profile]
    customData: NotRequired[Members]
    identities: NotRequired[Members]
    hasPassword: NotRequired[bool]
    lastSignInAt: NotRequired[int | None]
    createdAt: NotRequired[int]
    updatedAt: NotRequired[int]
    applicationId: NotRequired[str | None]
    isSuspended: NotRequired[bool]


class MfaSpared(TypedDict):
    """Whether the person is spared a second factor at sign-in."""

    skipMfaOnSignIn: bool


class DecidedMfa(TypedDict):
    """What a person has decided about second factors."""

    enabled: NotRequired[bool]
    skipped: bool
    skipMfaOnSignIn: bool


class DecidedPasskey(TypedDict):
    """What a person has decided about passkeys."""

    skipped: bool


class OwnChoices(TypedDict):
    """What a person has decided about signing in."""

    mfa: DecidedMfa
    passkeySignIn: DecidedPasskey


class SessionAuthorization(TypedDict):
    """What a session holds for an application."""

    sid: str
    grantId: str


class SessionPayload(TypedDict):
    """A session; times are seconds."""

    exp: int
    iat: int
    jti: str
    uid: str
    kind: str
    loginTs: int
    accountId: str
    authorizations: dict[str, SessionAuthorization]


class SignedInSession(TypedDict):
    """Where a person is signed in; `expiresAt` is milliseconds."""

    payload: SessionPayload
    lastSubmission: Members | None
    clientId: str | None
    accountId: str
    expiresAt: int
    isCurrent: bool


class SignedInSessions(TypedDict):
    """Where a person is signed in, oldest first."""

    sessions: list[SignedInSession]


class GrantPayload(TypedDict):
    """A grant; times are seconds."""

    exp: int
    iat: int
    jti: str
    kind: str
    clientId: str
    accountId: str


class GrantedApplication(TypedDict):
    """The application that was let in."""

    id: str
    name: str


class AccountGrant(TypedDict):
    """What a person let an application have; `expiresAt` is milliseconds."""

    id: str
    payload: GrantPayload
    expiresAt: int
    application: GrantedApplication


class AccountGrants(TypedDict):
    """Which applications a person let in, oldest first."""

    grants: list[AccountGrant]
