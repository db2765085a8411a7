"""An administrator says which roles people get who join an organization by their address."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.errors import EntityNotExistsWithId
from carteiro.flows import relate
from carteiro.flows.change import commit
from carteiro.flows.relate import Pairs, commit_in_organization
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles, organizations, relations
from carteiro.storage.people.organization_roles import OrganizationRoleRow


async def list_roles(
    world: World, tenant_id: str, organization_id: str
) -> list[OrganizationRoleRow]:
    """The roles, by name. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> list[OrganizationRoleRow]:
        if await organizations.get(tx, tenant_id, organization_id) is None:
            raise EntityNotExistsWithId
        return await organization_roles.of_domains(tx, tenant_id, organization_id)

    return await world.database.read(work)


async def add_roles(
    world: World,
    tenant_id: str,
    organization_id: str,
    role_ids: Sequence[str],
    *,
    replacing: bool = False,
    by: Actor = OPERATOR,
) -> None:
    """Give these too, or exactly these; the type of a role is not looked at.

    Raises ``OrganizationRelationNotFound`` and, when ``replacing``, ``UniqueViolation`` for one
    that is named twice.
    """

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        change = relate.replace if replacing else relate.add
        await change(tx, world, by, _pairs(tenant_id, organization_id), role_ids)

    await commit_in_organization(world, work)


async def remove_role(
    world: World, tenant_id: str, organization_id: str, role_id: str, *, by: Actor = OPERATOR
) -> None:
    """Give one no more. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        await relate.remove(tx, world, by, _pairs(tenant_id, organization_id), role_id)

    await commit(world, work)


def _pairs(tenant_id: str, organization_id: str) -> Pairs:
    return Pairs(
        tenant_id=tenant_id,
        relation=relations.JIT_ROLES,
        parent={"organization_id": organization_id},
        event="Organization.JitRoles.Updated",
        shown="organizationRoleIds",
    )
