"""Applications as the wire, webhooks and mails show them, and what makes a redirect address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from carteiro.model.kinds import ApplicationInfo
from carteiro.model.links import link_fault
from carteiro.storage.tenancy.applications import ApplicationExperienceRow, ApplicationRow

BUILT_IN = {
    "demo-app": ("Live Preview", "SPA"),
    "account-center": ("Account Center", "SPA"),
    "console": ("Console", "SPA"),
    "invitations": ("Invitations", "SPA"),
    "device-demo-app": ("Device Flow Preview", "Native"),
}
"""Applications that are part of the service: in no table, and in no list."""


def application_info(row: ApplicationRow) -> dict[str, Any]:
    """An application in an answer of the management API; its secrets stand elsewhere."""
    protected = row.protected_app_metadata
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "type": row.type,
        "oidcClientMetadata": json.loads(row.oidc_client_metadata),
        "customClientMetadata": json.loads(row.custom_client_metadata),
        "protectedAppMetadata": None if protected is None else json.loads(protected),
        "customData": json.loads(row.custom_data),
        "isThirdParty": row.is_third_party,
        "appLevelAccessControlEnabled": row.app_level_access_control_enabled,
        "createdAt": row.created_at,
    }


def built_in_application(tenant_id: str, id: str) -> ApplicationRow | None:  # noqa: A002 - the wire's name
    """An application that is part of the service, as if it stood in the table."""
    if id not in BUILT_IN:
        return None
    name, kind = BUILT_IN[id]
    return ApplicationRow(tenant_id=tenant_id, id=id, name=name, type=kind, created_at=0)


def experience_info(row: ApplicationExperienceRow) -> dict[str, Any]:
    """How an application's pages look, in an answer of the management API."""
    return {
        "tenantId": row.tenant_id,
        "applicationId": row.application_id,
        "color": json.loads(row.color),
        "branding": json.loads(row.branding),
        "customCss": row.custom_css,
        "termsOfUseUrl": row.terms_of_use_url,
        "privacyPolicyUrl": row.privacy_policy_url,
        "displayName": row.display_name,
    }


def mail_application(
    row: ApplicationRow, experience: ApplicationExperienceRow | None
) -> ApplicationInfo:
    """An application as a mail speaks of it; ``branding`` only where its pages have a look."""
    info: ApplicationInfo = {"id": row.id, "name": row.name}
    if experience is not None:
        info["branding"] = json.loads(experience.branding)
        if experience.display_name:
            info["displayName"] = experience.display_name
    return info


def require_redirect_uri(value: str) -> str:
    """Refuse where nobody may be sent back to: relative, with a fragment, or of a strange scheme.

    Beside http(s), an application's own scheme is allowed (RFC 8252 §7.1), but none that a browser
    or the system gives a meaning of its own.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    web = parts.scheme in {"http", "https"}
    right = bool(host) if web else link_fault(value) is None
    if not right or "#" in value or any(letter.isspace() for letter in value):
        raise PydanticCustomError("invalid_string:url", "Invalid redirect URI")
    return value


def require_origin(value: str) -> str:
    """Refuse what is not ``scheme://host[:port]``."""
    try:
        parts = urlsplit(value)
        plain = parts.hostname and not (parts.path or parts.query or parts.fragment)
    except ValueError:
        plain = False
    if not plain or parts.scheme not in {"http", "https"} or "@" in value:
        raise PydanticCustomError("invalid_string:url", "Invalid origin")
    return value


_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that only its owner knows (RFC 7518 §6)."""


def require_public_keys(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse a key that is none, is shared, or has its private half with it."""
    for key in keys:
        if key.get("kty") not in {"RSA", "EC", "OKP"} or _PRIVATE & key.keys():
            raise PydanticCustomError("custom", "Public keys only: RSA, EC or OKP")
    return keys
