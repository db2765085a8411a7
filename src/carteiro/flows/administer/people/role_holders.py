"""An administrator looks at a role from the other side: who and what has it."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.directory.management_access import INTERNAL_PREFIX
from carteiro.errors import (
    CarteiroError,
    EntityNotExistsWithId,
    EntityNotFound,
    InternalRoleViolation,
    RelationNotFound,
    RoleApplicationExists,
    RoleUserExists,
)
from carteiro.flows import relate
from carteiro.flows.change import commit
from carteiro.flows.relate import Pairs
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.model.page import Page, Part
from carteiro.model.search import Search
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import relations, roles, user_search
from carteiro.storage.people.roles import Owner, RoleRow
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationFilter, ApplicationRow

_RELATIONS = {
    Owner.USER: relations.PEOPLE_OF_ROLE,
    Owner.APPLICATION: relations.APPLICATIONS_OF_ROLE,
}
_TABLES = {Owner.USER: "users", Owner.APPLICATION: "applications"}
_EXISTS: dict[Owner, type[CarteiroError]] = {
    Owner.USER: RoleUserExists,
    Owner.APPLICATION: RoleApplicationExists,
}
_MISSING: dict[Owner, type[CarteiroError]] = {
    Owner.USER: EntityNotFound,
    Owner.APPLICATION: EntityNotExistsWithId,
}
_EVENTS = {Owner.USER: "Role.Users.Updated", Owner.APPLICATION: "Role.Applications.Updated"}
_SHOWN = {Owner.USER: "userIds", Owner.APPLICATION: "applicationIds"}


async def require_role(world: World, tenant_id: str, role_id: str) -> None:
    """Refuse to speak of who has a role that there is not. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> None:
        if await roles.get(tx, tenant_id, role_id) is None:
            raise EntityNotExistsWithId

    await world.database.read(work)


async def find_users(world: World, tenant_id: str, search: Search, page: Page) -> Part[UserRow]:
    """A page of the people who have the role that ``search`` names, newest first.

    Raises ``InvalidRequestInput`` for a bad pattern.
    """

    async def work(tx: Transaction) -> Part[UserRow]:
        return await user_search.find(tx, tenant_id, search, page)

    return await world.database.read(work)


async def find_applications(
    world: World, tenant_id: str, role_id: str, search: Search, page: Page
) -> Part[ApplicationRow]:
    """A page of the machines that have a role, newest first. Raises as ``find_users`` does."""
    wanted = ApplicationFilter(types=(MACHINE_TO_MACHINE,), search=search, role_id=role_id)

    async def work(tx: Transaction) -> Part[ApplicationRow]:
        return await applications.find(tx, tenant_id, wanted, page)

    return await world.database.read(work)


async def give(
    world: World,
    tenant_id: str,
    owner: Owner,
    role_id: str,
    ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Give a role to people or to applications, none of which has it; all or none.

    Raises ``EntityNotExistsWithId`` (role or application), ``RoleUserExists`` or
    ``RoleApplicationExists``, ``EntityNotFound`` (person), and ``ConstraintViolated`` for a role
    that is for others.
    """

    async def work(tx: Transaction) -> None:
        role = await roles.lock(tx, tenant_id, role_id)
        if role is None:
            raise EntityNotExistsWithId
        _require_public(role)
        pairs = _pairs(tenant_id, owner, role_id)
        if await relations.held_among(tx, pairs.relation, tenant_id, pairs.parent, ids):
            raise _EXISTS[owner]
        if len(await relations.known(tx, _TABLES[owner], tenant_id, ids)) < len(set(ids)):
            raise _MISSING[owner]
        await relate.add(tx, world, by, pairs, ids)

    try:
        await commit(world, work)
    except RelationNotFound:
        # Whoever it was is gone since they were looked for.
        raise _MISSING[owner] from None


async def take(
    world: World,
    tenant_id: str,
    owner: Owner,
    role_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take a role from one. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        role = await roles.lock(tx, tenant_id, role_id)
        if role is not None:
            _require_public(role)
        await relate.remove(tx, world, by, _pairs(tenant_id, owner, role_id), id)

    await commit(world, work)


def _require_public(role: RoleRow) -> None:
    if role.name.startswith(INTERNAL_PREFIX):
        raise InternalRoleViolation


def _pairs(tenant_id: str, owner: Owner, role_id: str) -> Pairs:
    return Pairs(
        tenant_id=tenant_id,
        relation=_RELATIONS[owner],
        parent={"role_id": role_id},
        event=_EVENTS[owner],
        shown=_SHOWN[owner],
    )
