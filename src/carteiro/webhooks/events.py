"""The events that a webhook can be told of (management API §7.1)."""

from __future__ import annotations

from enum import StrEnum


class HookEvent(StrEnum):
    """The published names; a hook that asks for any other is refused."""

    POST_REGISTER = "PostRegister"
    POST_SIGN_IN = "PostSignIn"
    POST_SIGN_IN_ADAPTIVE_MFA_TRIGGERED = "PostSignInAdaptiveMfaTriggered"
    POST_RESET_PASSWORD = "PostResetPassword"  # noqa: S105 - an event's name
    USER_CREATED = "User.Created"
    USER_DELETED = "User.Deleted"
    USER_DATA_UPDATED = "User.Data.Updated"
    USER_SUSPENSION_STATUS_UPDATED = "User.SuspensionStatus.Updated"
    ORGANIZATION_CREATED = "Organization.Created"
    ORGANIZATION_DELETED = "Organization.Deleted"
    ORGANIZATION_DATA_UPDATED = "Organization.Data.Updated"
    ORGANIZATION_MEMBERSHIP_UPDATED = "Organization.Membership.Updated"
    ORGANIZATION_ROLE_CREATED = "OrganizationRole.Created"
    ORGANIZATION_ROLE_DELETED = "OrganizationRole.Deleted"
    ORGANIZATION_ROLE_DATA_UPDATED = "OrganizationRole.Data.Updated"
    ORGANIZATION_ROLE_SCOPES_UPDATED = "OrganizationRole.Scopes.Updated"
    ORGANIZATION_SCOPE_CREATED = "OrganizationScope.Created"
    ORGANIZATION_SCOPE_DELETED = "OrganizationScope.Deleted"
    ORGANIZATION_SCOPE_DATA_UPDATED = "OrganizationScope.Data.Updated"
    ROLE_CREATED = "Role.Created"
    ROLE_DELETED = "Role.Deleted"
    ROLE_DATA_UPDATED = "Role.Data.Updated"
    ROLE_SCOPES_UPDATED = "Role.Scopes.Updated"
    SCOPE_CREATED = "Scope.Created"
    SCOPE_DELETED = "Scope.Deleted"
    SCOPE_DATA_UPDATED = "Scope.Data.Updated"
    IDENTIFIER_LOCKOUT = "Identifier.Lockout"
    MESSAGE_RATE_LIMITED = "Message.RateLimited"
    GRANT_LIMIT_EXCEEDED = "Grant.LimitExceeded"
    MESSAGE_FAILED = "Message.Failed"
    MESSAGE_CANCELLED = "Message.Cancelled"
    MESSAGE_SUPPRESSED = "Message.Suppressed"
    MESSAGE_DELIVERED = "Message.Delivered"
    MESSAGE_BOUNCED = "Message.Bounced"
    MESSAGE_COMPLAINED = "Message.Complained"


EVENTS = frozenset(event.value for event in HookEvent)
"""The same as plain text, for asking whether a name is one of them."""
