"""An administrator decides which machines belong to an organization, and with which roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.errors import EntityNotExistsWithId, EntityNotFound, MembershipRequired
from carteiro.flows import relate
from carteiro.flows.change import commit
from carteiro.flows.membership import Member, tell_membership
from carteiro.flows.relate import Pairs, commit_in_organization
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_applications as machines
from carteiro.storage.people import organizations, relations
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationRow


@dataclass(frozen=True, slots=True)
class Machine:
    """An application with its roles in an organization."""

    row: ApplicationRow
    roles: Sequence[OrganizationRoleRow]


async def find_applications(
    world: World, tenant_id: str, organization_id: str, *, text: str | None, page: Page
) -> Part[Machine]:
    """A page of those whose id, name or description holds a text.

    An organization that there is not has none.
    """

    async def work(tx: Transaction) -> Part[Machine]:
        part = await applications.in_organization(
            tx, tenant_id, organization_id, text=text, page=page
        )
        rows = [
            Machine(row, await machines.roles(tx, tenant_id, organization_id, row.id))
            for row in part.rows
        ]
        return Part(rows, part.total)

    return await world.database.read(work)


async def organizations_of(
    world: World, tenant_id: str, application_id: str
) -> list[tuple[OrganizationRow, list[OrganizationRoleRow]]]:
    """Where an application belongs, with its roles there. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> list[tuple[OrganizationRow, list[OrganizationRoleRow]]]:
        if await applications.get(tx, tenant_id, application_id) is None:
            raise EntityNotExistsWithId
        rows = await machines.organizations_of(tx, tenant_id, application_id)
        return [(row, await machines.roles(tx, tenant_id, row.id, application_id)) for row in rows]

    return await world.database.read(work)


async def add_applications(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take applications in; what belongs already stays.

    Raises ``ConstraintViolated`` for one that is no machine, or ``OrganizationRelationNotFound``.
    """

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        added = await _add(tx, world, tenant_id, organization_id, application_ids)
        await tell_membership(
            tx, world, tenant_id, organization_id, by, of=Member.APPLICATION, added=added
        )

    await commit_in_organization(world, work)


async def replace_applications(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Have exactly these; what stays keeps its roles. Raises as ``add_applications`` does."""

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        removed = await relations.keep_only(
            tx,
            relations.ORGANIZATION_APPLICATIONS,
            tenant_id,
            {"organization_id": organization_id},
            application_ids,
        )
        added = await _add(tx, world, tenant_id, organization_id, application_ids)
        await tell_membership(
            tx,
            world,
            tenant_id,
            organization_id,
            by,
            of=Member.APPLICATION,
            added=added,
            removed=removed,
        )

    await commit_in_organization(world, work)


async def remove_application(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """End a membership, and the roles that came with it. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        if not await relations.remove(
            tx,
            relations.ORGANIZATION_APPLICATIONS,
            tenant_id,
            {"organization_id": organization_id},
            application_id,
        ):
            raise EntityNotFound
        await tell_membership(
            tx,
            world,
            tenant_id,
            organization_id,
            by,
            of=Member.APPLICATION,
            removed=[application_id],
        )

    await commit(world, work)


async def give_roles(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_ids: Sequence[str],
    role_ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Give each of these applications each of these roles, all or none.

    Raises ``ConstraintViolated`` for a role for people, or ``OrganizationRelationNotFound`` for
    what does not exist or does not belong.
    """

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        for application_id in sorted(set(application_ids)):
            pairs = _roles_of(tenant_id, organization_id, application_id)
            await relate.add(tx, world, by, pairs, role_ids)

    await commit_in_organization(world, work)


async def require_member(
    world: World, tenant_id: str, organization_id: str, application_id: str
) -> None:
    """Refuse to speak of the roles of what does not belong. Raises ``MembershipRequired``."""

    async def work(tx: Transaction) -> None:
        await _require_member(tx, tenant_id, organization_id, application_id)

    await world.database.read(work)


async def list_roles(
    world: World, tenant_id: str, organization_id: str, application_id: str
) -> list[OrganizationRoleRow]:
    """An application's roles, by name. Raises ``MembershipRequired``."""

    async def work(tx: Transaction) -> list[OrganizationRoleRow]:
        await _require_member(tx, tenant_id, organization_id, application_id)
        return await machines.roles(tx, tenant_id, organization_id, application_id)

    return await world.database.read(work)


async def add_roles(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_id: str,
    role_ids: Sequence[str],
    *,
    replacing: bool = False,
    by: Actor = OPERATOR,
) -> None:
    """Give an application these roles too, or exactly these.

    Raises ``MembershipRequired``, then as ``give_roles`` does, and when ``replacing``
    ``UniqueViolation`` for one that is named twice.
    """

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        await _require_member(tx, tenant_id, organization_id, application_id)
        change = relate.replace if replacing else relate.add
        pairs = _roles_of(tenant_id, organization_id, application_id)
        await change(tx, world, by, pairs, role_ids)

    await commit_in_organization(world, work)


async def take_role(
    world: World,
    tenant_id: str,
    organization_id: str,
    application_id: str,
    role_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take a role from an application. Raises ``MembershipRequired`` or ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await organizations.lock(tx, tenant_id, organization_id)
        await _require_member(tx, tenant_id, organization_id, application_id)
        pairs = _roles_of(tenant_id, organization_id, application_id)
        await relate.remove(tx, world, by, pairs, role_id)

    await commit(world, work)


async def _add(
    tx: Transaction,
    world: World,
    tenant_id: str,
    organization_id: str,
    application_ids: Sequence[str],
) -> list[str]:
    return await relations.add(
        tx,
        relations.ORGANIZATION_APPLICATIONS,
        tenant_id,
        {"organization_id": organization_id},
        application_ids,
        now=world.clock.now(),
    )


async def _require_member(
    tx: Transaction, tenant_id: str, organization_id: str, application_id: str
) -> None:
    if not await machines.has(tx, tenant_id, organization_id, application_id):
        raise MembershipRequired("The application does not belong to the organization.")


def _roles_of(tenant_id: str, organization_id: str, application_id: str) -> Pairs:
    return Pairs(
        tenant_id=tenant_id,
        relation=relations.APPLICATION_ROLES,
        parent={"organization_id": organization_id, "application_id": application_id},
        event="Organization.ApplicationRoles.Updated",
        shown="organizationRoleIds",
    )
