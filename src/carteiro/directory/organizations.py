"""Organizations and invitations as the wire, webhooks and mails show them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from carteiro.model.kinds import OrganizationInfo
from carteiro.storage.people.invitations import Invitation
from carteiro.storage.people.members import RoleName
from carteiro.storage.people.organization_roles import OrganizationRoleRow, ScopeName
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.organizations import OrganizationRow


def organization_info(row: OrganizationRow) -> dict[str, Any]:
    """An organization in an answer of the management API and in a webhook."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "customData": json.loads(row.custom_data),
        "isMfaRequired": row.is_mfa_required,
        "color": json.loads(row.color),
        "branding": json.loads(row.branding),
        "customCss": row.custom_css,
        "createdAt": row.created_at,
    }


def mail_organization(row: OrganizationRow) -> OrganizationInfo:
    """An organization as a mail speaks of it."""
    return {"id": row.id, "name": row.name, "branding": json.loads(row.branding)}


def role_record(row: OrganizationRoleRow) -> dict[str, Any]:
    """A role alone, as a member has it, and as webhooks tell of it."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "type": row.type,
    }


def role_info(
    row: OrganizationRoleRow,
    scopes: Sequence[OrganizationScopeRow],
    resource_scopes: Sequence[ScopeName],
) -> dict[str, Any]:
    """A role in a list, with the names of what it gives."""
    return {
        **role_record(row),
        "scopes": [{"id": scope.id, "name": scope.name} for scope in scopes],
        "resourceScopes": [
            {
                "id": scope.id,
                "name": scope.name,
                "resource": {"id": scope.resource_id, "name": scope.resource_name},
            }
            for scope in resource_scopes
        ],
    }


def organization_scope_info(row: OrganizationScopeRow) -> dict[str, Any]:
    """A scope of organizations in an answer of the management API and in a webhook."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "description": row.description,
    }


def role_names(roles: Sequence[RoleName | OrganizationRoleRow]) -> list[dict[str, str]]:
    """Roles as they stand beside a member or an invitation."""
    return [{"id": role.id, "name": role.name} for role in roles]


def invitation_info(invitation: Invitation, now: int) -> dict[str, Any]:
    """An invitation in an answer of the management API; one whose time is over shows as expired."""
    row = invitation.row
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "inviterId": row.inviter_id,
        "invitee": row.invitee,
        "acceptedUserId": row.accepted_user_id,
        "organizationId": row.organization_id,
        "status": row.status_at(now),
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "expiresAt": row.expires_at,
        "organizationRoles": role_names(invitation.roles),
    }
