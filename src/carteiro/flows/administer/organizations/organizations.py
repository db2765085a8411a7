"""An administrator keeps organizations: creates, finds, changes and deletes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.directory.organizations import organization_info
from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    OrganizationRelationNotFound,
    RelationNotFound,
    UniqueViolation,
    ValueTooLong,
)
from carteiro.flows.announce import Announcing, announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.lifecycle import created
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import domain_key
from carteiro.model.owners import Owner, OwnerKind
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members, organizations
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import overrides

_FEATURED = Page(1, 3)
_LONGEST_DOMAIN = 128
_announce = Announcing("organizationId", organization_info)


@dataclass(frozen=True, slots=True)
class Featured:
    """An organization with a glimpse of its members."""

    row: OrganizationRow
    users_count: int
    users: Sequence[UserRow]


async def find_organizations(
    world: World, tenant_id: str, text: str | None, page: Page
) -> Part[OrganizationRow]:
    """A page of those whose id or name holds a text, newest first."""

    async def work(tx: Transaction) -> Part[OrganizationRow]:
        return await organizations.find(tx, tenant_id, text=text, page=page)

    return await world.database.read(work)


async def feature(world: World, tenant_id: str, rows: Sequence[OrganizationRow]) -> list[Featured]:
    """Add to each how many members it has, and three of them."""

    async def work(tx: Transaction) -> list[Featured]:
        featured = []
        for row in rows:
            part = await members.find(
                tx, tenant_id, row.id, text=None, role_id=None, page=_FEATURED
            )
            featured.append(Featured(row, part.total, part.rows))
        return featured

    return await world.database.read(work)


async def get_organization(world: World, tenant_id: str, id: str) -> OrganizationRow:  # noqa: A002 - the wire's name
    """One organization. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> OrganizationRow | None:
        return await organizations.get(tx, tenant_id, id)

    row = await world.database.read(work)
    if row is None:
        raise EntityNotExistsWithId
    return row


async def create_organization(
    world: World, tenant_id: str, columns: Mapping[str, Any], *, by: Actor = OPERATOR
) -> OrganizationRow:
    """Create an organization from its columns."""
    row = OrganizationRow(
        tenant_id=tenant_id, id=secrets.short_id(), created_at=world.clock.now(), **columns
    )
    return await created(world, row, organizations.create, _announce, "Organization.Created", by)


async def update_organization(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> OrganizationRow:
    """Set the given columns. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> OrganizationRow:
        row = await organizations.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotExistsWithId
        if not columns:
            return row
        changed = replace(row, **columns)
        await organizations.update(tx, changed)
        await _announce(tx, world, by, "Organization.Data.Updated", row, changed)
        return changed

    return await commit(world, work)


async def delete_organization(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete with its memberships, invitations and templates. Raises ``EntityNotFound``."""
    owner = Owner(OwnerKind.ORGANIZATION, id)

    async def work(tx: Transaction) -> bool:
        row = existing(await organizations.lock(tx, tenant_id, id), EntityNotFound)
        overriding = await overrides.of(tx, tenant_id, owner) is not None
        await organizations.delete(tx, tenant_id, id)
        await _announce(tx, world, by, "Organization.Deleted", row, None)
        if overriding:
            await tx.changed(tenant_id)
        return overriding

    if await commit(world, work):
        world.workspaces.forget(tenant_id)


async def organizations_of(
    world: World, tenant_id: str, user_id: str
) -> list[tuple[OrganizationRow, list[members.RoleName]]]:
    """Where somebody belongs, with their roles there."""

    async def work(tx: Transaction) -> list[tuple[OrganizationRow, list[members.RoleName]]]:
        rows = await organizations.of_user(tx, tenant_id, user_id)
        return [(row, await members.roles(tx, tenant_id, row.id, user_id)) for row in rows]

    return await world.database.read(work)


async def list_domains(world: World, tenant_id: str, organization_id: str) -> list[str]:
    """The domains whose people join when they register; none of an unknown organization."""

    async def work(tx: Transaction) -> list[str]:
        return await organizations.domains(tx, tenant_id, organization_id)

    return await world.database.read(work)


async def set_domains(
    world: World,
    tenant_id: str,
    organization_id: str,
    domains: Sequence[str],
    *,
    replacing: bool,
    by: Actor = OPERATOR,
) -> None:
    """Add domains, or have exactly these.

    Raises ``UniqueViolation`` for one that is there, or is named twice, ``ValueTooLong``, and
    ``OrganizationRelationNotFound`` for an unknown organization, which may have none.
    """
    if len(set(domains)) < len(domains):
        raise UniqueViolation
    if any(len(domain) > _LONGEST_DOMAIN for domain in domains):
        raise ValueTooLong(f"A domain has at most {_LONGEST_DOMAIN} characters.")

    async def work(tx: Transaction) -> None:
        if await organizations.lock(tx, tenant_id, organization_id) is None and domains:
            raise OrganizationRelationNotFound
        before = await organizations.domains(tx, tenant_id, organization_id)
        for domain in before:
            if replacing:
                await organizations.remove_domain(tx, tenant_id, organization_id, domain)
        for domain in {domain_key(domain): domain for domain in domains}.values():
            await organizations.add_domain(tx, tenant_id, organization_id, domain)
        await _announce_domains(tx, world, tenant_id, organization_id, by, before)

    try:
        await commit(world, work)
    except RelationNotFound:
        raise OrganizationRelationNotFound from None


async def remove_domain(
    world: World, tenant_id: str, organization_id: str, domain: str, *, by: Actor = OPERATOR
) -> None:
    """Take a domain out. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        before = await organizations.domains(tx, tenant_id, organization_id)
        if not await organizations.remove_domain(tx, tenant_id, organization_id, domain):
            raise EntityNotFound
        await _announce_domains(tx, world, tenant_id, organization_id, by, before)

    await commit(world, work)


async def _announce_domains(
    tx: Transaction,
    world: World,
    tenant_id: str,
    organization_id: str,
    by: Actor,
    before: Sequence[str],
) -> None:
    target = {"organizationId": organization_id}
    domains = await organizations.domains(tx, tenant_id, organization_id)
    await announce(
        tx,
        world,
        tenant_id,
        by,
        "Organization.EmailDomains.Updated",
        target=target,
        before={"domains": list(before)},
        after={"domains": domains},
        domains=domains,
    )
