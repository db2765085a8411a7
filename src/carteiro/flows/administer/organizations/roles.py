"""An administrator defines the roles that people can have in organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.directory.organizations import role_record
from carteiro.errors import EntityNotExists, EntityNotFound
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.relate import commit_in_organization
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles as roles
from carteiro.storage.people import organization_scopes, relations
from carteiro.storage.people.organization_roles import OrganizationRoleRow, ScopeName
from carteiro.storage.people.organization_scopes import OrganizationScopeRow


@dataclass(frozen=True, slots=True)
class Role:
    """A role with what it gives inside organizations, and on resources there."""

    row: OrganizationRoleRow
    scopes: Sequence[OrganizationScopeRow]
    resource_scopes: Sequence[ScopeName]


async def find_roles(world: World, tenant_id: str, text: str | None, page: Page) -> Part[Role]:
    """A page of those whose id, name or description holds a text, by name."""

    async def work(tx: Transaction) -> Part[Role]:
        part = await roles.find(tx, tenant_id, text=text, page=page)
        rows = [
            Role(
                row,
                await organization_scopes.of_role(tx, tenant_id, row.id),
                await roles.resource_scopes(tx, tenant_id, row.id),
            )
            for row in part.rows
        ]
        return Part(rows, part.total)

    return await world.database.read(work)


async def get_role(world: World, tenant_id: str, id: str) -> OrganizationRoleRow:  # noqa: A002 - the wire's name
    """One role. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> OrganizationRoleRow | None:
        return await roles.get(tx, tenant_id, id)

    row = await world.database.read(work)
    if row is None:
        raise EntityNotFound
    return row


async def create_role(
    world: World,
    tenant_id: str,
    *,
    name: str,
    description: str | None,
    type: str,  # noqa: A002 - the wire's name
    scope_ids: Sequence[str] = (),
    resource_scope_ids: Sequence[str] = (),
    by: Actor = OPERATOR,
) -> OrganizationRoleRow:
    """Define a role with what it gives; nothing is left of one that cannot be made whole.

    Raises ``UniqueViolation`` or ``OrganizationRelationNotFound``.
    """
    row = OrganizationRoleRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        name=name,
        description=description,
        type=type,
    )

    async def work(tx: Transaction) -> None:
        await roles.create(tx, row)
        parent = {"organization_role_id": row.id}
        await relations.add(tx, relations.ROLE_SCOPES, tenant_id, parent, scope_ids)
        await relations.add(
            tx, relations.ROLE_RESOURCE_SCOPES, tenant_id, parent, resource_scope_ids
        )
        gives = {
            "organizationScopeIds": sorted(set(scope_ids)),
            "resourceScopeIds": sorted(set(resource_scope_ids)),
        }
        after = {**role_record(row), **gives}
        await _announce(tx, world, by, "OrganizationRole.Created", row, after=after)
        if scope_ids or resource_scope_ids:
            await _announce_scopes(tx, world, by, row, gives)

    await commit_in_organization(world, work)
    return row


async def update_role(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> OrganizationRoleRow:
    """Set the given columns; whoever has a role whose type changes keeps it.

    Raises ``EntityNotExists`` or ``UniqueViolation``.
    """

    async def work(tx: Transaction) -> OrganizationRoleRow:
        row = await roles.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotExists
        changed = replace(row, **columns)
        if columns:
            await roles.update(tx, changed)
            name = "OrganizationRole.Data.Updated"
            await _announce(tx, world, by, name, changed, before=row, after=changed)
        return changed

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
    row: OrganizationRoleRow,
    *,
    before: OrganizationRoleRow | None = None,
    after: OrganizationRoleRow | Mapping[str, Any],
) -> None:
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        name,
        target={"organizationRoleId": row.id},
        data=role_record(row),
        before=before,
        after=after,
    )


async def _announce_scopes(
    tx: Transaction, world: World, by: Actor, row: OrganizationRoleRow, gives: Mapping[str, Any]
) -> None:
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        "OrganizationRole.Scopes.Updated",
        target={"organizationRoleId": row.id},
        after=gives,
        organizationRoleId=row.id,
    )
