"""What every tenant starts with, so that a backend can be let into its management API.

The names and the roles' purposes are the reference's (management API §1.2); the ids are ours and
the same in every tenant.
"""

from __future__ import annotations

from dataclasses import replace

from carteiro.model.management import (
    DESCRIPTIONS,
    MANAGEMENT_SCOPE,
    ManagementScope,
    management_audience,
)
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import roles
from carteiro.storage.people.roles import RoleRow, RoleType
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow

RESOURCE_ID = "management-api"
SCOPE_ID = "management-api-all"
ACCESS_ROLE_ID = "management-api-access"
ADMIN_ROLE_ID = "admin-role"
INTERNAL_PREFIX = "#internal:"
"""Roles of such a name are the service's own: nobody sees or changes them."""
_LIFETIME = 3600


async def ensure_management_access(tx: Transaction, tenant_id: str, now: int) -> None:
    """Make the management API's resource, its scopes and the two roles, where they are missing."""
    resource = ResourceRow(
        tenant_id=tenant_id,
        id=RESOURCE_ID,
        name="Logto Management API",
        indicator=management_audience(tenant_id),
        access_token_ttl=_LIFETIME,
        created_at=now,
    )
    scope = ScopeRow(
        tenant_id=tenant_id,
        id=SCOPE_ID,
        resource_id=RESOURCE_ID,
        name=MANAGEMENT_SCOPE,
        description="Default scope for Management API, allows all permissions.",
        created_at=now,
    )
    await resources.create(tx, resource, ensure=True)
    await resources.create_scope(tx, scope, ensure=True)
    known = await resources.find_scopes(tx, tenant_id, RESOURCE_ID, None)
    for part in ManagementScope:
        if part.id not in {row.id for row in known.rows}:
            finer = replace(scope, id=part.id, name=part, description=DESCRIPTIONS[part])
            await resources.create_scope(tx, finer, ensure=True)
    for id_, name in (
        (ACCESS_ROLE_ID, "Logto Management API access"),
        (ADMIN_ROLE_ID, f"{INTERNAL_PREFIX}admin"),
    ):
        role = RoleRow(
            tenant_id=tenant_id,
            id=id_,
            name=name,
            description="Whoever has it may use the management API.",
            type=RoleType.MACHINE_TO_MACHINE,
            created_at=now,
        )
        await roles.create(tx, role, ensure=True)
        await roles.add_scope(tx, tenant_id, id_, SCOPE_ID, ensure=True)
