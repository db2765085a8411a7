"""An administrator defines roles, says what they give, and gives them to people and machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.directory.management_access import INTERNAL_PREFIX, RESOURCE_ID
from carteiro.directory.resources import role_info, scope_info
from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    InternalRoleViolation,
    ManagementScopesNotAssignable,
    RoleScopeExists,
)
from carteiro.flows.announce import Data, announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import roles
from carteiro.storage.people.roles import Featured, RoleFilter, RoleRow, RoleType
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow


async def find_roles(
    world: World, tenant_id: str, wanted: RoleFilter, page: Page
) -> Part[tuple[RoleRow, Featured]]:
    """A page of the roles that match, newest first, without the service's own; with who has them.

    Raises ``InvalidRequestInput`` for a bad pattern.
    """

    async def work(tx: Transaction) -> Part[tuple[RoleRow, Featured]]:
        part = await roles.find(tx, tenant_id, wanted, page)
        rows = [(row, await roles.featured(tx, tenant_id, row.id)) for row in part.rows]
        return Part(rows, part.total)

    return await world.database.read(work)


async def get_role(world: World, tenant_id: str, id: str) -> RoleRow:  # noqa: A002 - the wire's name
    """One role. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: roles.get(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)


async def create_role(
    world: World,
    tenant_id: str,
    columns: Mapping[str, Any],
    scope_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> RoleRow:
    """Define a role that gives scopes.

    Raises ``InternalRoleViolation``, ``RoleNameInUse``, ``EntityNotExistsWithId`` (no such scope)
    or ``ManagementScopesNotAssignable``.
    """
    row = RoleRow(
        tenant_id=tenant_id, id=secrets.standard_id(), created_at=world.clock.now(), **columns
    )
    _require_public(row.name)

    async def work(tx: Transaction) -> None:
        await roles.create(tx, row)
        given = await _add_scopes(tx, row, scope_ids)
        after = _told(row, scope_ids)
        await _announce(tx, world, by, "Role.Created", row, role_info(row), after=after)
        if given:
            shown = [scope_info(scope) for scope in given]
            await _announce(tx, world, by, "Role.Scopes.Updated", row, shown, roleId=row.id)

    await commit(world, work)
    return row


async def update_role(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> RoleRow:
    """Set the given columns. Raises ``EntityNotExistsWithId`` or as ``create_role`` does."""

    async def work(tx: Transaction) -> RoleRow:
        row = await _changeable(tx, tenant_id, id)
        changed = replace(row, **columns)
        _require_public(changed.name)
        if columns:
            await roles.update(tx, changed)
            await _announce(
                tx,
                world,
                by,
                "Role.Data.Updated",
                changed,
                role_info(changed),
                before=row,
                after=changed,
            )
        return changed

    return await commit(world, work)


async def delete_role(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete; nobody has it any more. Raises as ``update_role`` does for one that is not there."""

    async def work(tx: Transaction) -> None:
        row = await _changeable(tx, tenant_id, id)
        before = _told(row, await _scope_ids(tx, row))
        await roles.delete(tx, tenant_id, id)
        await _announce(tx, world, by, "Role.Deleted", row, before=before)

    await commit(world, work)


async def list_scopes(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    pattern: str | None = None,
) -> list[tuple[ScopeRow, ResourceRow]]:
    """What a role gives and what of it matches, on which resource.

    Raises ``EntityNotExistsWithId``.
    """

    async def work(tx: Transaction) -> list[tuple[ScopeRow, ResourceRow]]:
        if await roles.get(tx, tenant_id, id) is None:
            raise EntityNotExistsWithId
        rows = await resources.scopes_of_role(tx, tenant_id, id, pattern=pattern)
        named = await resources.by_ids(tx, tenant_id, {row.resource_id for row in rows})
        return [(row, named[row.resource_id]) for row in rows if row.resource_id in named]

    return await world.database.read(work)


async def add_scopes(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    scope_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> list[ScopeRow]:
    """Let a role give more; returns all that it gives.

    Raises ``EntityNotExistsWithId`` (role or scope), ``RoleScopeExists`` or as ``create_role``
    does.
    """

    async def work(tx: Transaction) -> list[ScopeRow]:
        row = await _changeable(tx, tenant_id, id)
        before = _told(row, await _scope_ids(tx, row))
        await _add_scopes(tx, row, scope_ids)
        gives = await resources.scopes_of_role(tx, tenant_id, id)
        after = _told(row, [scope.id for scope in gives])
        shown = [scope_info(scope) for scope in gives]
        name = "Role.Scopes.Updated"
        await _announce(tx, world, by, name, row, shown, before=before, after=after)
        return gives

    return await commit(world, work)


async def remove_scope(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    scope_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let a role give a scope no more. Raises ``EntityNotFound``, whatever is not there."""

    async def work(tx: Transaction) -> None:
        row = await roles.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotFound
        _require_public(row.name)
        before = _told(row, await _scope_ids(tx, row))
        if not await roles.remove_scope(tx, tenant_id, id, scope_id):
            raise EntityNotFound
        after = _told(row, await _scope_ids(tx, row))
        name = "Role.Scopes.Updated"
        await _announce(tx, world, by, name, row, before=before, after=after)

    await commit(world, work)


async def _add_scopes(tx: Transaction, row: RoleRow, scope_ids: Sequence[str]) -> list[ScopeRow]:
    """Those that are new, in the order of the request."""
    wanted = list(dict.fromkeys(scope_ids))
    before = {scope.id for scope in await resources.scopes_of_role(tx, row.tenant_id, row.id)}
    if not before.isdisjoint(wanted):
        raise RoleScopeExists
    found = [await resources.find_scope(tx, row.tenant_id, scope_id) for scope_id in wanted]
    given = [scope for scope in found if scope is not None]
    if len(given) < len(found):
        raise EntityNotExistsWithId
    if row.type == RoleType.USER and any(scope.resource_id == RESOURCE_ID for scope in given):
        raise ManagementScopesNotAssignable
    for scope in given:
        await roles.add_scope(tx, row.tenant_id, row.id, scope.id)
    return given


async def _changeable(tx: Transaction, tenant_id: str, id: str) -> RoleRow:  # noqa: A002 - the wire's name
    row = existing(await roles.lock(tx, tenant_id, id), EntityNotExistsWithId)
    _require_public(row.name)
    return row


def _require_public(name: str) -> None:
    if name.startswith(INTERNAL_PREFIX):
        raise InternalRoleViolation


async def _scope_ids(tx: Transaction, row: RoleRow) -> list[str]:
    return [scope.id for scope in await resources.scopes_of_role(tx, row.tenant_id, row.id)]


def _told(row: RoleRow, scope_ids: Sequence[str]) -> dict[str, Any]:
    """A role with its scopes, as the audit log compares it."""
    return {**role_info(row), "scopeIds": list(scope_ids)}


async def _announce(
    tx: Transaction,
    world: World,
    by: Actor,
    name: str,
    row: RoleRow,
    data: Data = None,
    *,
    before: RoleRow | Mapping[str, Any] | None = None,
    after: RoleRow | Mapping[str, Any] | None = None,
    **members: Any,
) -> None:
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        name,
        target={"roleId": row.id},
        data=data,
        before=before,
        after=after,
        **members,
    )
