"""An administrator names the resources that tokens are for, and the scopes that they can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.directory.management_access import RESOURCE_ID
from carteiro.directory.resources import resource_info, scope_info
from carteiro.errors import (
    CannotDeleteManagementApi,
    CannotModifyManagementApi,
    EntityNotExists,
    EntityNotExistsWithId,
    EntityNotFound,
    RelationNotFound,
)
from carteiro.flows.announce import Announcing
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.lifecycle import created
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import resources, tenants
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow

_announce = Announcing("resourceId", resource_info)
_announce_scope: Announcing[ScopeRow] = Announcing(
    "scopeId",
    scope_info,
    belongs=lambda scope: {"resourceId": scope.resource_id},
    body_when_gone=False,
)


async def list_resources(world: World, tenant_id: str, page: Page | None) -> Part[ResourceRow]:
    """A page of the resources; without a page all of them."""
    return await world.database.read(lambda tx: resources.find(tx, tenant_id, page))


async def scopes_of(
    world: World, tenant_id: str, rows: Sequence[ResourceRow]
) -> dict[str, Sequence[ScopeRow]]:
    """The scopes of each resource."""

    async def work(tx: Transaction) -> dict[str, Sequence[ScopeRow]]:
        return {
            row.id: (await resources.find_scopes(tx, tenant_id, row.id, None)).rows for row in rows
        }

    return await world.database.read(work)


async def get_resource(world: World, tenant_id: str, id: str) -> ResourceRow:  # noqa: A002 - the wire's name
    """One resource. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: resources.get(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)


async def create_resource(
    world: World,
    tenant_id: str,
    *,
    name: str,
    indicator: str,
    access_token_ttl: int,
    by: Actor = OPERATOR,
) -> ResourceRow:
    """Name a resource. Raises ``ResourceIndicatorInUse``."""
    row = ResourceRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        name=name,
        indicator=indicator,
        access_token_ttl=access_token_ttl,
        created_at=world.clock.now(),
    )
    return await created(world, row, resources.create, _announce, "Resource.Created", by)


async def update_resource(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> ResourceRow:
    """Set the given columns. Raises ``EntityNotExistsWithId``, ``CannotModifyManagementApi``."""

    async def work(tx: Transaction) -> ResourceRow:
        row = existing(await resources.lock(tx, tenant_id, id), EntityNotExistsWithId)
        if not columns:
            return row
        _require_changeable(id)
        changed = replace(row, **columns)
        await resources.update(tx, changed)
        await _announce(tx, world, by, "Resource.Updated", row, changed)
        return changed

    return await commit(world, work)


async def set_default(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    is_default: bool,
    by: Actor = OPERATOR,
) -> ResourceRow:
    """Make a resource the one that tokens are for where none is named, or no more.

    There is at most one: the one before is it no more. Raises ``EntityNotExists``.
    """

    async def work(tx: Transaction) -> ResourceRow:
        # Whoever else decides waits: two that set a default at once would both find none.
        await tenants.lock(tx, tenant_id)
        row = await resources.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotExists
        before = await resources.get_default(tx, tenant_id)
        await resources.set_default(tx, tenant_id, id, is_default=is_default)
        if is_default and before is not None and before.id != id:
            await _announce(
                tx, world, by, "Resource.Updated", before, replace(before, is_default=False)
            )
        changed = replace(row, is_default=is_default)
        await _announce(tx, world, by, "Resource.Updated", row, changed)
        return changed

    return await commit(world, work)


async def delete_resource(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete with its scopes. Raises ``EntityNotFound`` or ``CannotDeleteManagementApi``."""
    if id == RESOURCE_ID:
        raise CannotDeleteManagementApi

    async def work(tx: Transaction) -> None:
        row = await resources.get(tx, tenant_id, id)
        if row is None or not await resources.delete(tx, tenant_id, id):
            raise EntityNotFound
        await _announce(tx, world, by, "Resource.Deleted", row, None)

    await commit(world, work)


async def list_scopes(
    world: World, tenant_id: str, resource_id: str, page: Page | None, *, pattern: str | None = None
) -> Part[ScopeRow]:
    """A page of a resource's scopes that match; without a page all of them."""
    return await world.database.read(
        lambda tx: resources.find_scopes(tx, tenant_id, resource_id, page, pattern=pattern)
    )


async def create_scope(
    world: World,
    tenant_id: str,
    resource_id: str,
    *,
    name: str,
    description: str | None,
    by: Actor = OPERATOR,
) -> ScopeRow:
    """Add a scope.

    Raises ``EntityNotExistsWithId``, ``CannotModifyManagementApi`` or ``ScopeNameExists``.
    """
    _require_changeable(resource_id)
    row = ScopeRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        resource_id=resource_id,
        name=name,
        description=description,
        created_at=world.clock.now(),
    )
    new = resources.create_scope
    try:
        return await created(world, row, new, _announce_scope, "Scope.Created", by)
    except RelationNotFound:
        raise EntityNotExistsWithId from None


async def update_scope(
    world: World,
    tenant_id: str,
    resource_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> ScopeRow:
    """Set the given columns. Raises ``EntityNotExistsWithId`` or as ``create_scope`` does."""
    _require_changeable(resource_id)

    async def work(tx: Transaction) -> ScopeRow:
        row = existing(
            await resources.get_scope(tx, tenant_id, resource_id, id, lock=True),
            EntityNotExistsWithId,
        )
        changed = replace(row, **columns)
        if columns:
            await resources.update_scope(tx, changed)
            await _announce_scope(tx, world, by, "Scope.Data.Updated", row, changed)
        return changed

    return await commit(world, work)


async def delete_scope(
    world: World,
    tenant_id: str,
    resource_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete; no role gives it any more.

    Raises ``EntityNotFound`` or ``CannotModifyManagementApi``.
    """
    _require_changeable(resource_id)

    async def work(tx: Transaction) -> None:
        row = existing(
            await resources.get_scope(tx, tenant_id, resource_id, id, lock=True), EntityNotFound
        )
        await resources.delete_scope(tx, tenant_id, resource_id, id)
        await _announce_scope(tx, world, by, "Scope.Deleted", row, None)

    await commit(world, work)


def _require_changeable(resource_id: str) -> None:
    if resource_id == RESOURCE_ID:
        raise CannotModifyManagementApi
