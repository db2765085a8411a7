"""An administrator gives roles to people and to machines."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.directory.management_access import INTERNAL_PREFIX
from carteiro.errors import (
    CarteiroError,
    EntityNotExistsWithId,
    EntityNotFound,
    InternalRoleViolation,
    InvalidApplicationRoleType,
    InvalidApplicationType,
    InvalidUserRoleType,
    RelationNotFound,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import roles, users
from carteiro.storage.people.roles import Owner, RoleRow, RoleType
from carteiro.storage.tenancy import applications

_TYPES = {Owner.APPLICATION: RoleType.MACHINE_TO_MACHINE, Owner.USER: RoleType.USER}
_WRONG: dict[Owner, type[CarteiroError]] = {
    Owner.APPLICATION: InvalidApplicationRoleType,
    Owner.USER: InvalidUserRoleType,
}


async def list_roles(
    world: World, tenant_id: str, owner: Owner, owner_id: str, *, pattern: str | None = None
) -> list[RoleRow]:
    """Whose roles these are and which match, newest first, without the service's own.

    Raises ``EntityNotExistsWithId`` (application) or ``EntityNotFound`` (user).
    """

    async def work(tx: Transaction) -> list[RoleRow]:
        await _require(tx, tenant_id, owner, owner_id, lock=False)
        return await roles.held_by(tx, tenant_id, owner, owner_id, pattern=pattern)

    held = await world.database.read(work)
    return [role for role in held if not role.name.startswith(INTERNAL_PREFIX)]


async def give_roles(
    world: World,
    tenant_id: str,
    owner: Owner,
    owner_id: str,
    role_ids: Sequence[str],
    *,
    replacing: bool = False,
    by: Actor = OPERATOR,
) -> list[str]:
    """Give roles, or have exactly these; returns those that are new.

    Raises as ``list_roles`` does, ``InvalidApplicationType``, ``RelationNotFound``, or the error of
    a role that is for others.
    """

    async def work(tx: Transaction) -> list[str]:
        await _require(tx, tenant_id, owner, owner_id, lock=True)
        before = await roles.held_by(tx, tenant_id, owner, owner_id)
        for role in before if replacing else ():
            if role.id not in role_ids and not role.name.startswith(INTERNAL_PREFIX):
                await roles.take(tx, tenant_id, owner, owner_id, role.id)
        added = []
        for role_id in dict.fromkeys(role_ids):
            await _require_role(tx, tenant_id, owner, role_id)
            if await roles.give(tx, tenant_id, owner, owner_id, role_id):
                added.append(role_id)
        after = await roles.held_by(tx, tenant_id, owner, owner_id)
        await _announce(tx, world, tenant_id, by, owner, owner_id, before=before, after=after)
        return added

    return await commit(world, work)


async def take_role(
    world: World,
    tenant_id: str,
    owner: Owner,
    owner_id: str,
    role_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take a role away. Raises ``EntityNotFound``, or as ``list_roles`` does."""

    async def work(tx: Transaction) -> None:
        await _require(tx, tenant_id, owner, owner_id, lock=True)
        before = await roles.held_by(tx, tenant_id, owner, owner_id)
        if not await roles.take(tx, tenant_id, owner, owner_id, role_id):
            raise EntityNotFound
        after = [role for role in before if role.id != role_id]
        await _announce(tx, world, tenant_id, by, owner, owner_id, before=before, after=after)

    await commit(world, work)


async def _require(
    tx: Transaction, tenant_id: str, owner: Owner, owner_id: str, *, lock: bool
) -> None:
    if owner is Owner.USER:
        read = users.lock if lock else users.get
        if await read(tx, tenant_id, owner_id) is None:
            raise EntityNotFound
        return
    find = applications.lock if lock else applications.get
    row = existing(await find(tx, tenant_id, owner_id), EntityNotExistsWithId)
    if row.type != MACHINE_TO_MACHINE:
        raise InvalidApplicationType


async def _require_role(tx: Transaction, tenant_id: str, owner: Owner, role_id: str) -> None:
    role = await roles.get(tx, tenant_id, role_id)
    if role is None:
        raise RelationNotFound
    if role.name.startswith(INTERNAL_PREFIX):
        raise InternalRoleViolation
    if role.type != _TYPES[owner]:
        raise _WRONG[owner]


async def _announce(
    tx: Transaction,
    world: World,
    tenant_id: str,
    by: Actor,
    owner: Owner,
    owner_id: str,
    *,
    before: Sequence[RoleRow],
    after: Sequence[RoleRow],
) -> None:
    name = {Owner.APPLICATION: "Application.Roles.Updated", Owner.USER: "User.Roles.Updated"}
    key = {Owner.APPLICATION: "targetApplicationId", Owner.USER: "userId"}
    await announce(
        tx,
        world,
        tenant_id,
        by,
        name[owner],
        target={key[owner]: owner_id},
        before={"roleIds": [role.id for role in before]},
        after={"roleIds": [role.id for role in after]},
    )
