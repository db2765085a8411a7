"""Overrides on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from carteiro.storage.tenancy.overrides import OverrideRow, Owner, OwnerKind


class Owners(StrEnum):
    """Whose override a path names."""

    ORGANIZATIONS = "organizations"
    APPLICATIONS = "applications"


_KINDS = {
    Owners.ORGANIZATIONS: OwnerKind.ORGANIZATION,
    Owners.APPLICATIONS: OwnerKind.APPLICATION,
}


def owner_of(owners: Owners, id: str) -> Owner:
    """The organization or the application of a path."""
    return Owner(_KINDS[owners], id)


def override_response(row: OverrideRow) -> dict[str, Any]:
    """An override without its templates, as the wire shows it."""
    owner = row.owner
    return {
        "tenantId": row.tenant_id,
        "ownerType": owner.kind,
        "ownerId": owner.id,
        "connectorId": row.connector_id,
        "fromName": row.from_name,
        "replyTo": row.reply_to,
        "createdAt": row.created_at,
    }
