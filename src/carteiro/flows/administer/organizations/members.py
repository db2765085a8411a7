"""An administrator decides who belongs to an organization, and with which roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    MembershipRequired,
    OrganizationRelationNotFound,
    RoleNamesNotFound,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.membership import tell_membership
from carteiro.flows.relate import commit_in_organization
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members, organization_roles, organization_scopes, organizations
from carteiro.storage.people.members import RoleName
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.users import UserRow


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their roles in an organization."""

    row: UserRow
    roles: Sequence[RoleName]


async def find_members(
    world: World,
    tenant_id: str,
    organization_id: str,
    *,
    text: str | None,
    role_id: str | None,
    page: Page,
) -> Part[Member]:
    """A page of the members who match. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> Part[Member]:
        if await organizations.get(tx, tenant_id, organization_id) is None:
            raise EntityNotExistsWithId
        part = await members.find(
            tx, tenant_id, organization_id, text=text, role_id=role_id, page=page
        )
        rows = [
            Member(row, await members.roles(tx, tenant_id, organization_id, row.id))
            for row in part.rows
        ]
        return Part(rows, part.total)

    return await world.database.read(work)


async def add_members(
    world: World,
    tenant_id: str,
    organization_id: str,
    user_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Make people members; who is one already stays. Raises ``OrganizationRelationNotFound``."""

    async def work(tx: Transaction) -> None:
        added = [
            user_id
            for user_id in dict.fromkeys(user_ids)
            if await members.add(tx, tenant_id, organization_id, user_id, now=world.clock.now())
        ]
        await tell_membership(tx, world, tenant_id, organization_id, by, added=added)

    await commit_in_organization(world, work)


async def replace_members(
    world: World,
    tenant_id: str,
    organization_id: str,
    user_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Have exactly these members. Raises ``OrganizationRelationNotFound``; nothing changes then."""

    async def work(tx: Transaction) -> None:
        if await organizations.lock(tx, tenant_id, organization_id) is None:
            raise OrganizationRelationNotFound
        before = set(await members.ids(tx, tenant_id, organization_id))
        removed = sorted(before - set(user_ids))
        added = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in before]
        for user_id in removed:
            await members.remove(tx, tenant_id, organization_id, user_id)
        for user_id in added:
            await members.add(tx, tenant_id, organization_id, user_id, now=world.clock.now())
        await tell_membership(
            tx, world, tenant_id, organization_id, by, added=added, removed=removed
        )

    await commit_in_organization(world, work)


async def remove_member(
    world: World, tenant_id: str, organization_id: str, user_id: str, *, by: Actor = OPERATOR
) -> None:
    """End a membership. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        if not await members.remove(tx, tenant_id, organization_id, user_id):
            raise EntityNotFound
        await tell_membership(tx, world, tenant_id, organization_id, by, removed=[user_id])

    await commit(world, work)


async def give_roles(
    world: World,
    tenant_id: str,
    organization_id: str,
    user_ids: Sequence[str],
    role_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Give members roles, all or none.

    Raises ``OrganizationRelationNotFound`` (no such member or role) or ``ConstraintViolated`` (a
    role for machines).
    """

    async def work(tx: Transaction) -> None:
        for user_id in dict.fromkeys(user_ids):
            for role_id in dict.fromkeys(role_ids):
                await members.give_role(tx, tenant_id, organization_id, user_id, role_id)
        await _tell_roles(
            tx, world, tenant_id, organization_id, by=by, user_ids=user_ids, after=role_ids
        )

    await commit_in_organization(world, work)


async def list_roles(
    world: World, tenant_id: str, organization_id: str, user_id: str
) -> list[OrganizationRoleRow]:
    """A member's roles, by name. Raises ``MembershipRequired``."""

    async def work(tx: Transaction) -> list[OrganizationRoleRow]:
        await _require_member(tx, tenant_id, organization_id, user_id)
        return await members.role_rows(tx, tenant_id, organization_id, user_id)

    return await world.database.read(work)


async def replace_roles(
    world: World,
    tenant_id: str,
    organization_id: str,
    user_id: str,
    role_ids: Sequence[str],
    names: Sequence[str] = (),
    *,
    keep: bool = False,
    by: Actor = OPERATOR,
) -> list[str]:
    """Give a member exactly these roles, or these too (``keep``); returns the ids of them all.

    Roles are named by id or by ``names``. Raises ``MembershipRequired``, ``RoleNamesNotFound``,
    ``OrganizationRelationNotFound`` or ``ConstraintViolated``; nothing changes then.
    """

    async def work(tx: Transaction) -> list[str]:
        await organizations.lock(tx, tenant_id, organization_id)
        await _require_member(tx, tenant_id, organization_id, user_id)
        before = await _role_ids(tx, tenant_id, organization_id, user_id)
        wanted = list(dict.fromkeys([*role_ids, *await _named(tx, tenant_id, names)]))
        if not keep:
            await members.take_roles(tx, tenant_id, organization_id, user_id)
        for role_id in wanted:
            await members.give_role(tx, tenant_id, organization_id, user_id, role_id)
        await _tell_roles(
            tx,
            world,
            tenant_id,
            organization_id,
            by=by,
            user_ids=[user_id],
            before=before,
            after=await _role_ids(tx, tenant_id, organization_id, user_id),
        )
        return wanted

    return await commit_in_organization(world, work)


async def take_role(
    world: World,
    tenant_id: str,
    organization_id: str,
    user_id: str,
    role_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take a role from a member. Raises ``MembershipRequired`` or ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await _require_member(tx, tenant_id, organization_id, user_id)
        if not await members.take_role(tx, tenant_id, organization_id, user_id, role_id):
            raise EntityNotFound
        await _tell_roles(
            tx,
            world,
            tenant_id,
            organization_id,
            by=by,
            user_ids=[user_id],
            before=[role_id],
        )

    await commit(world, work)


async def _tell_roles(
    tx: Transaction,
    world: World,
    tenant_id: str,
    organization_id: str,
    *,
    by: Actor,
    user_ids: Sequence[str],
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> None:
    await announce(
        tx,
        world,
        tenant_id,
        by,
        "Organization.MemberRoles.Updated",
        target={"organizationId": organization_id},
        before={"organizationRoleIds": list(before)},
        after={"organizationRoleIds": list(after)},
        userIds=list(user_ids),
    )


async def _role_ids(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> list[str]:
    return [role.id for role in await members.roles(tx, tenant_id, organization_id, user_id)]


async def list_scopes(
    world: World, tenant_id: str, organization_id: str, user_id: str
) -> list[OrganizationScopeRow]:
    """What a member's roles give in the organization; nothing to somebody who is no member."""

    async def work(tx: Transaction) -> list[OrganizationScopeRow]:
        return await organization_scopes.of_member(tx, tenant_id, organization_id, user_id)

    return await world.database.read(work)


async def require_member(world: World, tenant_id: str, organization_id: str, user_id: str) -> None:
    """Refuse to speak of the roles of somebody who is no member. Raises ``MembershipRequired``."""

    async def work(tx: Transaction) -> None:
        await _require_member(tx, tenant_id, organization_id, user_id)

    await world.database.read(work)


async def _require_member(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> None:
    if not await members.has(tx, tenant_id, organization_id, user_id):
        raise MembershipRequired


async def _named(tx: Transaction, tenant_id: str, names: Sequence[str]) -> list[str]:
    found = await organization_roles.ids_of_names(tx, tenant_id, names)
    if missing := [name for name in dict.fromkeys(names) if name not in found]:
        raise RoleNamesNotFound(f"There are no organization roles named {', '.join(missing)}.")
    return list(found.values())
