"""An administrator names what roles can give inside organizations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.directory.organizations import organization_scope_info
from carteiro.errors import EntityNotExists, EntityNotExistsWithId
from carteiro.flows.announce import Announcing
from carteiro.flows.change import commit
from carteiro.flows.lifecycle import created, deleted
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_scopes as scopes
from carteiro.storage.people.organization_scopes import OrganizationScopeRow

_announce: Announcing[OrganizationScopeRow] = Announcing(
    "organizationScopeId", organization_scope_info, body_when_gone=False
)


async def find_scopes(
    world: World, tenant_id: str, text: str | None, page: Page | None
) -> Part[OrganizationScopeRow]:
    """A page of those whose name holds a text, by name; without a page all of them."""

    async def work(tx: Transaction) -> Part[OrganizationScopeRow]:
        return await scopes.find(tx, tenant_id, text=text, page=page)

    return await world.database.read(work)


async def get_scope(world: World, tenant_id: str, id: str) -> OrganizationScopeRow:  # noqa: A002 - the wire's name
    """One scope. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> OrganizationScopeRow | None:
        return await scopes.get(tx, tenant_id, id)

    row = await world.database.read(work)
    if row is None:
        raise EntityNotExistsWithId
    return row


async def create_scope(
    world: World,
    tenant_id: str,
    *,
    name: str,
    description: str | None,
    by: Actor = OPERATOR,
) -> OrganizationScopeRow:
    """Name a scope. Raises ``UniqueViolation``."""
    row = OrganizationScopeRow(
        tenant_id=tenant_id, id=secrets.standard_id(), name=name, description=description
    )
    return await created(world, row, scopes.create, _announce, "OrganizationScope.Created", by)


async def update_scope(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> OrganizationScopeRow:
    """Set the given columns. Raises ``EntityNotExists`` or ``UniqueViolation``."""

    async def work(tx: Transaction) -> OrganizationScopeRow:
        row = await scopes.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotExists
        changed = replace(row, **columns)
        if columns:
            await scopes.update(tx, changed)
            await _announce(tx, world, by, "OrganizationScope.Data.Updated", row, changed)
        return changed

    return await commit(world, work)


async def delete_scope(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete; no role gives it any more. Raises ``EntityNotFound``."""

    async def lock(tx: Transaction) -> OrganizationScopeRow | None:
        return await scopes.lock(tx, tenant_id, id)

    await deleted(world, lock, scopes.delete, _announce, "OrganizationScope.Deleted", by)
