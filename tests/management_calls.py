"""One successful call of every management route that writes, in an order that works.

``{name}`` in a path or a body stands for what an earlier call has kept. A route that is not here is
found by the tests that walk this list: whoever adds one adds its call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

FUTURE = 4_102_444_800_000
"""The first of January 2100, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request; ``keep`` names values of its answer by the member that holds them."""

    method: str
    route: str
    body: Any = None
    keep: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    """It changes nothing that is worth an entry: a check or a test."""


_CODE = {"subject": "S", "content": "{{code}}"}
_LINK = {"subject": "S", "content": "{{link}}"}
_OF_OVERRIDE = "/overrides/{owners:organizations}/{organization}/templates/{overrideTemplate}"
_INVITATION = {
    "invitee": "guest@example.com",
    "organizationId": "{organization}",
    "inviterId": "{user}",
    "expiresAt": FUTURE,
    "organizationRoleIds": ["{organizationRole}"],
}

CALLS: list[Call] = [
    Call("POST", "/connectors", {"connectorId": "logto-email"}, {"connector": "id"}),
    Call(
        "POST",
        "/connectors/{factoryId:logto-email}/test",
        {"email": "a@example.com", "config": {}},
        silent=True,
    ),
    Call("PATCH", "/connectors/{connector}", {"config": {"senderName": "Marker"}}),
    Call("PUT", "/connectors/{connector}/feedback", {"secret": "whsec_" + "QUJD" * 10}),
    Call(
        "POST",
        "/dkim-keys",
        {"domain": "marker.example.com", "algorithm": "ed25519"},
        {"selector": "selector", "domain": "domain"},
    ),
    Call("POST", "/dkim-keys/{domain}/{selector}/use", {"unseen": True}),
    Call("PATCH", "/delivery", {"onUnknownOutcome": "give-up"}),
    Call("PATCH", "/protection", {"codeLength": 8}),
    Call("PATCH", "/notices", {"newDevice": False}),
    Call(
        "POST",
        "/delivery/fallback-connectors",
        {"connectorId": "http-email", "config": {"endpoint": "https://marker.example.com/x"}},
        {"fallback": "id"},
    ),
    Call("PATCH", "/delivery/fallback-connectors/{fallback}", {"rateLimit": {"perSecond": 5}}),
    Call("PUT", "/delivery/fallback-connectors/order", {"ids": ["{fallback}"]}),
    Call("POST", "/suppressions", {"recipient": "no@marker.example.com", "note": "Marker"}),
    Call(
        "POST",
        "/email-templates/lint",
        {"templateType": "SignIn", "details": {"subject": "s", "content": "<p hidden>a</p>"}},
        silent=True,
    ),
    Call(
        "PUT",
        "/email-templates",
        {"templates": [{"languageTag": "en", "templateType": "SignIn", "details": _CODE}]},
    ),
    Call(
        "PUT",
        "/email-templates",
        {
            "templates": [
                {"languageTag": "en", "templateType": "OrganizationInvitation", "details": _LINK}
            ]
        },
        {"template": "0.id"},
    ),
    Call("PATCH", "/email-templates/{template}/details", {"subject": "Marker"}),
    Call("POST", "/mail-languages/{tag:nl-NL}/copy", {"templateTypes": ["BindMfa"]}),
    Call("POST", "/email-templates/preview", {"templateType": "Register"}, silent=True),
    Call("POST", "/email-templates/preview/eml", {"templateType": "Register"}, silent=True),
    Call("PUT", "/email-templates/{template}/draft", {"details": _LINK, "note": "Marker"}),
    Call("POST", "/email-templates/{template}/draft/publish", {}),
    Call("POST", "/email-templates/{template}/revisions/{number:1}/restore", {"note": "Marker"}),
    Call("PUT", "/email-templates/{template}/draft", {"details": _LINK}),
    Call(
        "POST",
        "/email-template-drafts",
        {"languageTag": "nl", "templateType": "SignIn", "details": _CODE, "note": "Marker"},
        {"drafted": "id"},
    ),
    Call("POST", "/email-template-drafts/publish", {"ids": ["{drafted}"]}),
    Call("PUT", "/connectors/{connector}/draft", {"config": {"senderName": "Marker draft"}}),
    Call("POST", "/connectors/{connector}/draft/publish", {"note": "Marker"}),
    Call("POST", "/connectors/{connector}/revisions/{number:2}/restore", {"note": "Marker"}),
    Call("PUT", "/connectors/{connector}/draft", {"config": {"senderName": "Marker draft"}}),
    Call(
        "PUT",
        "/delivery/fallback-connectors/{fallback}/draft",
        {"config": {"endpoint": "https://marker.example.com/y"}},
    ),
    Call("POST", "/delivery/fallback-connectors/{fallback}/draft/publish", {}),
    Call("POST", "/delivery/fallback-connectors/{fallback}/revisions/{number:1}/restore", {}),
    Call(
        "PUT",
        "/delivery/fallback-connectors/{fallback}/draft",
        {"config": {"endpoint": "https://marker.example.com/z"}},
    ),
    Call("PATCH", "/sign-in-exp", {"customCss": "a{}"}),
    Call("PUT", "/custom-phrases/{tag:nl-NL}", {}),
    Call("PATCH", "/account-center", {"enabled": True, "fields": {"email": "Edit"}}),
    Call(
        "PUT",
        "/captcha-provider",
        {"config": {"type": "Turnstile", "siteKey": "s", "secretKey": "k"}},
    ),
    Call("PUT", "/configs/id-token", {"enabledExtendedClaims": ["roles"]}),
    Call("PATCH", "/configs/oidc/session", {"ttl": 3600}),
    Call(
        "POST",
        "/users",
        {"username": "ana", "primaryEmail": "ana@example.com", "name": "Marker"},
        {"user": "id"},
    ),
    Call("POST", "/users", {"primaryEmail": "Guest@example.com"}, {"guest": "id"}),
    Call(
        "POST",
        "/confirmations",
        {"userId": "{guest}", "operation": "transfer"},
        {"confirmation": "id"},
    ),
    Call("POST", "/confirmations/{confirmation}/code", {}),
    Call(
        "POST",
        "/sign-in-exp/default/check-password",
        {"password": "a long and odd passphrase 7", "userId": "{user}"},
        silent=True,
    ),
    Call("PATCH", "/users/{user}", {"name": "Marker"}),
    Call("PATCH", "/users/{user}/custom-data", {"customData": {"a": 1}}),
    Call("PATCH", "/users/{user}/profile", {"profile": {"nickname": "Marker"}}),
    Call("PATCH", "/users/{user}/password", {"password": "a long and odd passphrase"}),
    Call(
        "POST",
        "/users/{user}/password/verify",
        {"password": "a long and odd passphrase"},
        silent=True,
    ),
    Call("PATCH", "/users/{user}/password/expiration", {"isExpired": False}),
    Call("PATCH", "/users/{user}/is-suspended", {"isSuspended": True}),
    Call("PATCH", "/users/{user}/logto-configs", {"mfa": {"skipped": True}}),
    Call("POST", "/organizations", {"name": "Marker"}, {"organization": "id"}),
    Call("PATCH", "/organizations/{organization}", {"description": "Marker"}),
    Call("POST", "/organization-roles", {"name": "member"}, {"organizationRole": "id"}),
    Call("PATCH", "/organization-roles/{organizationRole}", {"description": "Marker"}),
    Call("POST", "/organization-scopes", {"name": "marker"}, {"organizationScope": "id"}),
    Call("PATCH", "/organization-scopes/{organizationScope}", {"description": "Marker"}),
    Call(
        "POST",
        "/organization-roles/{organizationRole}/scopes",
        {"organizationScopeIds": ["{organizationScope}"]},
    ),
    Call(
        "PUT",
        "/organization-roles/{organizationRole}/scopes",
        {"organizationScopeIds": ["{organizationScope}"]},
    ),
    Call(
        "POST",
        "/organizations/{organization}/jit/roles",
        {"organizationRoleIds": ["{organizationRole}"]},
    ),
    Call(
        "PUT",
        "/organizations/{organization}/jit/roles",
        {"organizationRoleIds": ["{organizationRole}"]},
    ),
    Call("POST", "/organizations/{organization}/users", {"userIds": ["{user}"]}),
    Call("PUT", "/organizations/{organization}/users", {"userIds": ["{user}"]}),
    Call(
        "POST",
        "/organizations/{organization}/users/roles",
        {"userIds": ["{user}"], "organizationRoleIds": ["{organizationRole}"]},
    ),
    Call("DELETE", "/organizations/{organization}/users/{user}/roles/{organizationRole}"),
    Call(
        "POST",
        "/organizations/{organization}/users/{user}/roles",
        {"organizationRoleIds": ["{organizationRole}"]},
    ),
    Call(
        "PUT",
        "/organizations/{organization}/users/{user}/roles",
        {"organizationRoleIds": ["{organizationRole}"]},
    ),
    Call(
        "POST",
        "/organizations/{organization}/jit/email-domains",
        {"emailDomain": "marker.example.com"},
    ),
    Call(
        "PUT",
        "/organizations/{organization}/jit/email-domains",
        {"emailDomains": ["marker.example.com"]},
    ),
    Call("POST", "/organization-invitations", _INVITATION, {"invitation": "id"}),
    Call(
        "POST",
        "/organization-invitations/{invitation}/message",
        {"link": "https://example.com/join"},
    ),
    Call(
        "PUT",
        "/organization-invitations/{invitation}/status",
        {"status": "Accepted", "acceptedUserId": "{guest}"},
    ),
    Call("POST", "/applications", {"name": "Marker", "type": "Traditional"}, {"application": "id"}),
    Call(
        "POST", "/applications", {"name": "Marker", "type": "MachineToMachine"}, {"machine": "id"}
    ),
    Call("PATCH", "/applications/{application}", {"description": "Marker"}),
    Call("PATCH", "/applications/{application}/custom-data", {"a": 1}),
    Call("PUT", "/applications/{application}/sign-in-experience", {"displayName": "Marker"}),
    Call("POST", "/applications/{application}/secrets", {"name": "second"}, {"secret": "name"}),
    Call(
        "PATCH",
        "/applications/{application}/secrets/{secret}",
        {"name": "third"},
        {"secret": "name"},
    ),
    Call(
        "POST",
        "/resources",
        {"name": "Marker", "indicator": "https://marker.example.com"},
        {"resource": "id"},
    ),
    Call("PATCH", "/resources/{resource}", {"name": "Marker 2"}),
    Call("POST", "/resources/{resource}/scopes", {"name": "read"}, {"scope": "id"}),
    Call("PATCH", "/resources/{resource}/scopes/{scope}", {"description": "Marker"}),
    Call(
        "POST",
        "/roles",
        {"name": "Marker machine", "description": "d", "type": "MachineToMachine"},
        {"role": "id"},
    ),
    Call(
        "POST",
        "/roles",
        {"name": "Marker person", "description": "d", "type": "User"},
        {"personRole": "id"},
    ),
    Call("PATCH", "/resources/{resource}/is-default", {"isDefault": True}),
    Call(
        "POST",
        "/organization-roles/{organizationRole}/resource-scopes",
        {"scopeIds": ["{scope}"]},
    ),
    Call(
        "PUT",
        "/organization-roles/{organizationRole}/resource-scopes",
        {"scopeIds": ["{scope}"]},
    ),
    Call(
        "POST",
        "/organization-roles",
        {"name": "machine", "type": "MachineToMachine"},
        {"machineRole": "id"},
    ),
    Call(
        "POST",
        "/organizations/{organization}/applications",
        {"applicationIds": ["{machine}"]},
    ),
    Call(
        "PUT",
        "/organizations/{organization}/applications",
        {"applicationIds": ["{machine}"]},
    ),
    Call(
        "POST",
        "/organizations/{organization}/applications/roles",
        {"applicationIds": ["{machine}"], "organizationRoleIds": ["{machineRole}"]},
    ),
    Call(
        "POST",
        "/organizations/{organization}/applications/{machine}/roles",
        {"organizationRoleIds": ["{machineRole}"]},
    ),
    Call(
        "PUT",
        "/organizations/{organization}/applications/{machine}/roles",
        {"organizationRoleIds": ["{machineRole}"]},
    ),
    Call(
        "POST",
        "/applications",
        {"name": "Marker", "type": "SPA", "isThirdParty": True},
        {"stranger": "id"},
    ),
    Call(
        "POST",
        "/applications/{stranger}/user-consent-scopes",
        {"organizationScopes": ["{organizationScope}"], "userScopes": ["email"]},
    ),
    Call(
        "POST",
        "/applications/{stranger}/users/{user}/consent-organizations",
        {"organizationIds": ["{organization}"]},
    ),
    Call(
        "PUT",
        "/applications/{stranger}/users/{user}/consent-organizations",
        {"organizationIds": ["{organization}"]},
    ),
    Call("PATCH", "/roles/{role}", {"description": "Marker"}),
    Call("POST", "/roles/{role}/scopes", {"scopeIds": ["{scope}"]}),
    Call("POST", "/applications/{machine}/roles", {"roleIds": ["{role}"]}),
    Call("PUT", "/applications/{machine}/roles", {"roleIds": ["{role}"]}),
    Call("POST", "/roles/{personRole}/users", {"userIds": ["{user}"]}),
    Call("DELETE", "/roles/{personRole}/users/{user}"),
    Call("DELETE", "/roles/{role}/applications/{machine}"),
    Call("POST", "/roles/{role}/applications", {"applicationIds": ["{machine}"]}),
    Call("POST", "/users/{user}/roles", {"roleIds": ["{personRole}"]}),
    Call("PUT", "/users/{user}/roles", {"roleIds": ["{personRole}"]}),
    Call(
        "POST",
        "/hooks",
        {
            "name": "Marker",
            "events": ["User.Created"],
            "config": {"url": "http://127.0.0.1:9/"},
            "enabled": False,
        },
        {"hook": "id"},
    ),
    Call("PATCH", "/hooks/{hook}", {"name": "Marker 2"}),
    Call("PATCH", "/hooks/{hook}/signing-key"),
    Call(
        "POST",
        "/one-time-tokens",
        {"email": "ana@example.com"},
        {"token": "token", "oneTimeToken": "id"},
    ),
    Call("POST", "/one-time-tokens/verify", {"email": "ana@example.com", "token": "{token}"}),
    Call("POST", "/one-time-tokens", {"email": "ana@example.com"}, {"oneTimeToken": "id"}),
    Call("PUT", "/one-time-tokens/{oneTimeToken}/status", {"status": "revoked"}),
    Call(
        "POST",
        "/sentinel-activities/delete",
        {"targetType": "User", "targets": ["ana@example.com"]},
    ),
    Call(
        "POST",
        "/delivery/reserved-connectors",
        {"connectorId": "http-email", "config": {"endpoint": "https://marker.example.com/y"}},
        {"reserved": "id"},
    ),
    Call("PATCH", "/delivery/reserved-connectors/{reserved}", {"rateLimit": {"perSecond": 5}}),
    Call(
        "PUT",
        "/delivery/reserved-connectors/{reserved}/draft",
        {"config": {"endpoint": "https://marker.example.com/x"}},
    ),
    Call("POST", "/delivery/reserved-connectors/{reserved}/draft/publish", {}),
    Call("POST", "/delivery/reserved-connectors/{reserved}/revisions/{number:1}/restore", {}),
    Call(
        "PUT",
        "/delivery/reserved-connectors/{reserved}/draft",
        {"config": {"endpoint": "https://marker.example.com/z"}},
    ),
    Call(
        "PUT",
        "/overrides/{owners:organizations}/{organization}",
        {"connectorId": "{reserved}", "fromName": "Marker", "replyTo": "a@marker.example.com"},
    ),
    Call(
        "PUT",
        "/overrides/{owners:organizations}/{organization}/templates",
        {"templates": [{"languageTag": "en", "templateType": "SignIn", "details": _CODE}]},
        {"overrideTemplate": "0.id"},
    ),
    Call("PUT", f"{_OF_OVERRIDE}/draft", {"details": _LINK, "note": "Marker"}),
    Call("POST", f"{_OF_OVERRIDE}/draft/publish", {}),
    Call("POST", f"{_OF_OVERRIDE}/revisions/{{number:1}}/restore", {"note": "Marker"}),
    Call("PUT", f"{_OF_OVERRIDE}/draft", {"details": _LINK}),
    Call(
        "POST",
        "/overrides/{owners:organizations}/{organization}/template-drafts",
        {"languageTag": "fr", "templateType": "SignIn", "details": _CODE},
        {"overrideDrafted": "id"},
    ),
    Call(
        "POST",
        "/overrides/{owners:organizations}/{organization}/template-drafts/publish",
        {"ids": ["{overrideDrafted}"]},
    ),
]
"""What fills a tenant."""

REMOVALS: list[Call] = [
    Call("DELETE", f"{_OF_OVERRIDE}/draft"),
    Call("DELETE", _OF_OVERRIDE),
    Call("DELETE", "/overrides/{owners:organizations}/{organization}"),
    Call("DELETE", "/delivery/reserved-connectors/{reserved}/draft"),
    Call("DELETE", "/delivery/reserved-connectors/{reserved}"),
    Call("DELETE", "/email-templates/{template}/draft"),
    Call("DELETE", "/connectors/{connector}/draft"),
    Call("DELETE", "/delivery/fallback-connectors/{fallback}/draft"),
    Call("DELETE", "/one-time-tokens/{oneTimeToken}"),
    Call("DELETE", "/hooks/{hook}"),
    Call(
        "DELETE",
        "/applications/{stranger}/users/{user}/consent-organizations/{organization}",
    ),
    Call(
        "DELETE",
        "/applications/{stranger}/user-consent-scopes/{kind:organization-scopes}/{organizationScope}",
    ),
    Call(
        "DELETE",
        "/organizations/{organization}/applications/{machine}/roles/{machineRole}",
    ),
    Call("DELETE", "/organizations/{organization}/applications/{machine}"),
    Call("DELETE", "/organization-roles/{organizationRole}/resource-scopes/{scope}"),
    Call("DELETE", "/organization-roles/{organizationRole}/scopes/{organizationScope}"),
    Call("DELETE", "/organizations/{organization}/jit/roles/{organizationRole}"),
    Call("DELETE", "/organization-scopes/{organizationScope}"),
    Call("DELETE", "/users/{user}/roles/{personRole}"),
    Call("DELETE", "/applications/{machine}/roles/{role}"),
    Call("DELETE", "/roles/{role}/scopes/{scope}"),
    Call("DELETE", "/roles/{role}"),
    Call("DELETE", "/resources/{resource}/scopes/{scope}"),
    Call("DELETE", "/resources/{resource}"),
    Call("DELETE", "/applications/{application}/secrets/{secret}"),
    Call("DELETE", "/applications/{application}"),
    Call("DELETE", "/organization-invitations/{invitation}"),
    Call("DELETE", "/organizations/{organization}/jit/email-domains/{domain:marker.example.com}"),
    Call("DELETE", "/organizations/{organization}/users/{user}"),
    Call("DELETE", "/organization-roles/{organizationRole}"),
    Call("DELETE", "/organizations/{organization}"),
    Call("POST", "/users/{guest}/erasure"),
    Call("DELETE", "/users/{user}"),
    Call("DELETE", "/captcha-provider"),
    Call("DELETE", "/custom-phrases/{tag:nl-NL}"),
    Call("DELETE", "/email-templates/{template}"),
    Call("DELETE", "/email-templates?languageTag=en"),
    Call("DELETE", "/messages/by-recipient?recipient=guest@example.com"),
    Call("DELETE", "/suppressions/by-recipient?recipient=no@marker.example.com"),
    Call("DELETE", "/delivery/fallback-connectors/{fallback}"),
    Call("DELETE", "/dkim-keys/{domain}/{selector}"),
    Call("DELETE", "/connectors/{connector}/feedback"),
    Call("DELETE", "/connectors/{connector}"),
]
"""What empties it again."""


def fill(value: Any, kept: Mapping[str, str]) -> Any:
    """A copy with what earlier calls have kept."""
    if isinstance(value, dict):
        return {key: fill(inner, kept) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, kept) for inner in value]
    if not isinstance(value, str):
        return value
    for name, text in kept.items():
        value = value.replace("{" + name + "}", text)
    return value


def path_of(call: Call, kept: Mapping[str, str]) -> str:
    """The address of a call: kept values filled in, ``{name:value}`` as its value."""
    parts = []
    for part in fill(call.route, kept).split("/"):
        literal = part.startswith("{") and ":" in part
        parts.append(part.partition(":")[2].rstrip("}") if literal else part)
    return "/api" + "/".join(parts)


async def make(
    client: httpx.AsyncClient,
    calls: list[Call],
    kept: dict[str, str],
    after: Callable[[Call, httpx.Response], Any] | None = None,
) -> dict[str, str]:
    """Make the calls in order; each must succeed. ``after`` looks at each answer."""
    for call in calls:
        answer = await client.request(
            call.method,
            path_of(call, kept),
            json=fill(call.body, kept) if call.body is not None else None,
        )
        assert answer.is_success, (call.method, call.route, answer.status_code, answer.text)
        for name, member in call.keep.items():
            value: Any = answer.json()
            for step in member.split("."):
                value = value[int(step)] if step.isdigit() else value[step]
            kept[name] = value
        if after is not None:
            await after(call, answer)
    return kept
