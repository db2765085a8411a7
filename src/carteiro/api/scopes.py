"""Which scope a route of the management API wants beside ``all``: every route stands here.

One that does not is for ``all`` alone. So are those that could give a caller more than it has
(applications, roles, resources, what machines may do in organizations), that show secrets
(captcha, signing keys of webhooks), or that send people's data elsewhere (webhooks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.api.context import Context
from carteiro.errors import Forbidden
from carteiro.model.management import ManagementScope as Scope
from carteiro.model.masking import MASK

_Needs = tuple[Scope | None, Scope | None]
"""To read, and to write; ``None`` is ``all``."""
_CODES: _Needs = (None, Scope.CODES_WRITE)
_LINKS: _Needs = (Scope.LINKS_READ, Scope.LINKS_WRITE)
_INVITATIONS: _Needs = (Scope.INVITATIONS_READ, Scope.INVITATIONS_WRITE)
_TEMPLATES: _Needs = (Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE)
_CONNECTORS: _Needs = (Scope.CONNECTORS_READ, Scope.CONNECTORS_WRITE)
_MESSAGES: _Needs = (Scope.MESSAGES_READ, Scope.MESSAGES_WRITE)
_LOGS: _Needs = (Scope.LOGS_READ, None)
_PEOPLE: _Needs = (Scope.PEOPLE_READ, Scope.PEOPLE_WRITE)
_ORGANIZATIONS: _Needs = (Scope.ORGANIZATIONS_READ, Scope.ORGANIZATIONS_WRITE)
_GIVING: _Needs = (Scope.ORGANIZATIONS_READ, None)
"""What an organization's roles give on resources, and to machines: the caller is one."""
_SETTINGS: _Needs = (Scope.SETTINGS_READ, Scope.SETTINGS_WRITE)
_ALL: _Needs = (None, None)

ROUTES: Mapping[str, _Needs] = {
    "/account-center": _SETTINGS,
    "/applications": _ALL,
    "/applications/{applicationId}/roles": _ALL,
    "/applications/{applicationId}/roles/{roleId}": _ALL,
    "/applications/{applicationId}/user-consent-scopes": _ALL,
    "/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}": _ALL,
    "/applications/{id}": _ALL,
    "/applications/{id}/custom-data": _ALL,
    "/applications/{id}/organizations": _ALL,
    "/applications/{id}/secrets": _ALL,
    "/applications/{id}/secrets/{name}": _ALL,
    "/applications/{id}/sign-in-experience": _ALL,
    "/applications/{id}/users/{userId}/consent-organizations": _ALL,
    "/applications/{id}/users/{userId}/consent-organizations/{organizationId}": _ALL,
    "/captcha-provider": _ALL,
    "/configs/id-token": _SETTINGS,
    "/configs/oidc/session": _SETTINGS,
    "/connector-factories": _CONNECTORS,
    "/connector-factories/{id}": _CONNECTORS,
    "/connectors": _CONNECTORS,
    "/connectors/{factory_id}/test": _CONNECTORS,
    "/connectors/{id}": _CONNECTORS,
    "/connectors/{id}/feedback": _CONNECTORS,
    "/connectors/{id}/reliance": _CONNECTORS,
    "/custom-phrases": _SETTINGS,
    "/custom-phrases/{languageTag}": _SETTINGS,
    "/dashboard/users/active": (Scope.PEOPLE_READ, None),
    "/dashboard/users/new": (Scope.PEOPLE_READ, None),
    "/dashboard/users/total": (Scope.PEOPLE_READ, None),
    "/delivery": _SETTINGS,
    "/delivery/fallback-connectors": _CONNECTORS,
    "/delivery/fallback-connectors/order": _CONNECTORS,
    "/delivery/fallback-connectors/{id}": _CONNECTORS,
    "/delivery/status": _MESSAGES,
    "/email-templates": _TEMPLATES,
    "/email-templates/{id}": _TEMPLATES,
    "/email-templates/{id}/details": _TEMPLATES,
    "/hooks": _ALL,
    "/hooks/{id}": _ALL,
    "/hooks/{id}/recent-logs": _ALL,
    "/hooks/{id}/signing-key": _ALL,
    "/hooks/{id}/test": _ALL,
    "/logs": _LOGS,
    "/logs/{id}": _LOGS,
    "/messages": _MESSAGES,
    "/messages/by-recipient": _MESSAGES,
    "/messages/{id}": _MESSAGES,
    "/messages/{id}/cancel": _MESSAGES,
    "/messages/{id}/retry": _MESSAGES,
    "/one-time-tokens": _LINKS,
    "/one-time-tokens/verify": _LINKS,
    "/one-time-tokens/{id}": _LINKS,
    "/one-time-tokens/{id}/status": _LINKS,
    "/organization-invitations": _INVITATIONS,
    "/organization-invitations/{id}": _INVITATIONS,
    "/organization-invitations/{id}/message": _INVITATIONS,
    "/organization-invitations/{id}/status": _INVITATIONS,
    "/organization-roles": _ORGANIZATIONS,
    "/organization-roles/{id}": _ORGANIZATIONS,
    "/organization-roles/{id}/resource-scopes": _GIVING,
    "/organization-roles/{id}/resource-scopes/{scopeId}": _GIVING,
    "/organization-roles/{id}/scopes": _ORGANIZATIONS,
    "/organization-roles/{id}/scopes/{organizationScopeId}": _ORGANIZATIONS,
    "/organization-scopes": _ORGANIZATIONS,
    "/organization-scopes/{id}": _ORGANIZATIONS,
    "/organizations": _ORGANIZATIONS,
    "/organizations/{id}": _ORGANIZATIONS,
    "/organizations/{id}/applications": _GIVING,
    "/organizations/{id}/applications/roles": _GIVING,
    "/organizations/{id}/applications/{applicationId}": _GIVING,
    "/organizations/{id}/applications/{applicationId}/roles": _GIVING,
    "/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}": _GIVING,
    "/organizations/{id}/jit/email-domains": _ORGANIZATIONS,
    "/organizations/{id}/jit/email-domains/{emailDomain}": _ORGANIZATIONS,
    "/organizations/{id}/jit/roles": _ORGANIZATIONS,
    "/organizations/{id}/jit/roles/{organizationRoleId}": _ORGANIZATIONS,
    "/organizations/{id}/users": _ORGANIZATIONS,
    "/organizations/{id}/users/roles": _ORGANIZATIONS,
    "/organizations/{id}/users/{userId}": _ORGANIZATIONS,
    "/organizations/{id}/users/{userId}/roles": _ORGANIZATIONS,
    "/organizations/{id}/users/{userId}/roles/{organizationRoleId}": _ORGANIZATIONS,
    "/organizations/{id}/users/{userId}/scopes": _ORGANIZATIONS,
    "/protection": _SETTINGS,
    "/resources": _ALL,
    "/resources/{id}": _ALL,
    "/resources/{id}/is-default": _ALL,
    "/resources/{resourceId}/scopes": _ALL,
    "/resources/{resourceId}/scopes/{scopeId}": _ALL,
    "/roles": _ALL,
    "/roles/{id}": _ALL,
    "/roles/{id}/applications": _ALL,
    "/roles/{id}/applications/{applicationId}": _ALL,
    "/roles/{id}/scopes": _ALL,
    "/roles/{id}/scopes/{scopeId}": _ALL,
    "/roles/{id}/users": _ALL,
    "/roles/{id}/users/{userId}": _ALL,
    "/sentinel-activities/delete": _PEOPLE,
    "/sign-in-exp": _SETTINGS,
    "/sign-in-exp/default/check-password": _SETTINGS,
    "/suppressions": _MESSAGES,
    "/suppressions/by-recipient": _MESSAGES,
    "/users": _PEOPLE,
    "/users/{userId}": _PEOPLE,
    "/users/{userId}/custom-data": _PEOPLE,
    "/users/{userId}/has-password": _PEOPLE,
    "/users/{userId}/is-suspended": _PEOPLE,
    "/users/{userId}/logto-configs": _PEOPLE,
    "/users/{userId}/mfa-verifications": _PEOPLE,
    "/users/{userId}/organizations": _PEOPLE,
    "/users/{userId}/password": _PEOPLE,
    "/users/{userId}/password/expiration": _PEOPLE,
    "/users/{userId}/password/verify": _PEOPLE,
    "/users/{userId}/profile": _PEOPLE,
    "/users/{userId}/roles": (Scope.PEOPLE_READ, None),
    "/users/{userId}/roles/{roleId}": (Scope.PEOPLE_READ, None),
    "/verification-codes": _CODES,
    "/verification-codes/verify": _CODES,
}


def scope_of(method: str, path: str) -> Scope | None:
    """The scope that suffices for a route, given as FastAPI knows it; ``None``: only ``all``."""
    read, write = ROUTES.get(path.removeprefix("/api"), _ALL)
    return read if method in {"GET", "HEAD"} else write


def require_own_secrets(caller: Context, given: Any) -> None:
    """Let only callers that may see secrets have a mask filled in. Raises ``Forbidden``.

    Whoever changes where a connector sends could have the stored secret sent there.
    """
    if not caller.sees_secrets and _has_mask(given):
        raise Forbidden("A masked secret stands for the stored one only with the scope `all`.")


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_mask, value.values()))
    if isinstance(value, list):
        return any(map(_has_mask, value))
    return bool(value == MASK)
