"""Overrides on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from carteiro.errors import RouteNotFound
from carteiro.model.owners import Owner, OwnerKind
from carteiro.storage.tenancy.overrides import OverrideRow

_KINDS = {
    "organizations": OwnerKind.ORGANIZATION,
    "applications": OwnerKind.APPLICATION,
}
Owners = Annotated[
    str, Path(description="Whose override it is.", json_schema_extra={"enum": list(_KINDS)})
]


def owner_of(owners: Owners, owner_id: str) -> Owner:
    """The organization or the application of a path. Raises ``RouteNotFound`` for other things."""
    if owners not in _KINDS:
        raise RouteNotFound
    return Owner(_KINDS[owners], owner_id)


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
