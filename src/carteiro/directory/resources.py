"""Resources, scopes and roles as the wire and webhooks show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carteiro.storage.people.roles import RoleRow
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow


def resource_info(row: ResourceRow, scopes: Sequence[ScopeRow] | None = None) -> dict[str, Any]:
    """A resource in an answer of the management API, with its scopes where they are asked for."""
    shown = {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "indicator": row.indicator,
        "isDefault": row.is_default,
        "accessTokenTtl": row.access_token_ttl,
    }
    if scopes is None:
        return shown
    return {**shown, "scopes": [scope_info(scope) for scope in scopes]}


def scope_info(row: ScopeRow) -> dict[str, Any]:
    """A scope in an answer of the management API and in a webhook."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "resourceId": row.resource_id,
        "name": row.name,
        "description": row.description,
        "createdAt": row.created_at,
    }


def role_info(row: RoleRow) -> dict[str, Any]:
    """A role in an answer of the management API and in a webhook."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "type": row.type,
        "isDefault": row.is_default,
    }
