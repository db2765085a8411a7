"""An administrator defines the roles that people can have in organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.directory.organizations import role_record
from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    OrganizationRelationNotFound,
    RelationNotFound,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles as roles
from carteiro.storage.people.organization_roles import OrganizationRoleRow, ScopeName


@dataclass(frozen=True, slots=True)
class Role:
    """A role with what it may do with resources."""

    row: OrganizationRoleRow
    scopes: Sequence[ScopeName]


async def find_roles(world: World, tenant_id: str, text: str | None, page: Page) -> Part[Role]:
    """A page of those whose id or name holds a text, by name."""

    async def work(tx: Transaction) -> Part[Role]:
        part = await roles.find(tx, tenant_id, text=text, page=page)
        rows = [Role(row, await roles.resource_scopes(tx, tenant_id, row.id)) for row in part.rows]
        return Part(rows, part.total)

    return await world.database.read(work)


async def get_role(world: World, tenant_id: str, id: str) -> Role:  # noqa: A002 - the wire's name
    """One role. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> Role:
        row = await roles.get(tx, tenant_id, id)
        if row is None:
            raise EntityNotExistsWithId
        return Role(row, await roles.resource_scopes(tx, tenant_id, id))

    return await world.database.read(work)


async def create_role(
    world: World,
    tenant_id: str,
    *,
    name: str,
    description: str | None,
    type: str,  # noqa: A002 - the wire's name
    resource_scope_ids: Sequence[str],
    by: Actor = OPERATOR,
) -> Role:
    """Create a role. Raises ``UniqueViolation`` or ``OrganizationRelationNotFound``."""
    row = OrganizationRoleRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        name=name,
        description=description,
        type=type,
    )

    async def work(tx: Transaction) -> Role:
        await roles.create(tx, row)
        for scope_id in resource_scope_ids:
            await roles.add_resource_scope(tx, tenant_id, row.id, scope_id)
        role = Role(row, await roles.resource_scopes(tx, tenant_id, row.id))
        await _announce(tx, world, by, "OrganizationRole.Created", role, None)
        if resource_scope_ids:
            await _announce_scopes(tx, world, by, row)
        return role

    try:
        return await commit(world, work)
    except RelationNotFound:
        raise OrganizationRelationNotFound from None


async def update_role(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> Role:
    """Set the given columns. Raises ``EntityNotExistsWithId`` or ``UniqueViolation``."""

    async def work(tx: Transaction) -> Role:
        row = await roles.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotExistsWithId
        role = Role(replace(row, **columns), await roles.resource_scopes(tx, tenant_id, id))
        if columns:
            await roles.update(tx, role.row)
            await _announce(tx, world, by, "OrganizationRole.Data.Updated", role, row)
        return role

    return await commit(world, work)


async def delete_role(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete; nobody has it any more. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        row = await roles.lock(tx, tenant_id, id)
        if row is None or not await roles.delete(tx, tenant_id, id):
            raise EntityNotFound
        target, name = {"organizationRoleId": id}, "OrganizationRole.Deleted"
        await announce(tx, world, tenant_id, by, name, target=target, before=row)

    await commit(world, work)


async def _announce(
    tx: Transaction,
    world: World,
    by: Actor,
    name: str,
    role: Role,
    before: OrganizationRoleRow | None,
) -> None:
    await announce(
        tx,
        world,
        role.row.tenant_id,
        by,
        name,
        target={"organizationRoleId": role.row.id},
        data=role_record(role.row),
        before=before,
        after=role.row,
    )


async def _announce_scopes(
    tx: Transaction, world: World, by: Actor, row: OrganizationRoleRow
) -> None:
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        "OrganizationRole.Scopes.Updated",
        target={"organizationRoleId": row.id},
        organizationRoleId=row.id,
    )
