"""An administrator says what a role gives: inside organizations, and on resources there."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from carteiro.errors import EntityNotFound
from carteiro.flows import relate
from carteiro.flows.change import commit
from carteiro.flows.relate import Pairs, commit_in_organization
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles, organization_scopes, relations
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ScopeRow


class Given(StrEnum):
    """What kind of scopes a role gives."""

    IN_ORGANIZATION = "organization"
    ON_RESOURCES = "resource"


_RELATIONS = {
    Given.IN_ORGANIZATION: relations.ROLE_SCOPES,
    Given.ON_RESOURCES: relations.ROLE_RESOURCE_SCOPES,
}
_EVENTS = {
    Given.IN_ORGANIZATION: "OrganizationRole.Scopes.Updated",
    # No webhook is told of these: the name is the audit log's own.
    Given.ON_RESOURCES: "OrganizationRole.ResourceScopes.Updated",
}
_SHOWN = {
    Given.IN_ORGANIZATION: "organizationScopeIds",
    Given.ON_RESOURCES: "resourceScopeIds",
}


async def list_scopes(world: World, tenant_id: str, role_id: str) -> list[OrganizationScopeRow]:
    """What a role gives inside organizations. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> list[OrganizationScopeRow]:
        await _require(tx, tenant_id, role_id)
        return await organization_scopes.of_role(tx, tenant_id, role_id)

    return await world.database.read(work)


async def list_resource_scopes(world: World, tenant_id: str, role_id: str) -> list[ScopeRow]:
    """What a role gives on resources. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> list[ScopeRow]:
        await _require(tx, tenant_id, role_id)
        return await resources.scopes_of_organization_role(tx, tenant_id, role_id)

    return await world.database.read(work)


async def add(
    world: World,
    tenant_id: str,
    given: Given,
    role_id: str,
    ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let a role give these too. Raises ``OrganizationRelationNotFound``."""

    async def work(tx: Transaction) -> None:
        await organization_roles.lock(tx, tenant_id, role_id)
        await relate.add(tx, world, by, _pairs(tenant_id, given, role_id), ids)

    await commit_in_organization(world, work)


async def replace(
    world: World,
    tenant_id: str,
    given: Given,
    role_id: str,
    ids: Sequence[str],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let a role give exactly these; nothing is what a role that is not there gives, too.

    Raises ``OrganizationRelationNotFound``, or ``UniqueViolation`` for one that is named twice.
    """

    async def work(tx: Transaction) -> None:
        await organization_roles.lock(tx, tenant_id, role_id)
        await relate.replace(tx, world, by, _pairs(tenant_id, given, role_id), ids)

    await commit_in_organization(world, work)


async def remove(
    world: World,
    tenant_id: str,
    given: Given,
    role_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let a role give one no more. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await organization_roles.lock(tx, tenant_id, role_id)
        await relate.remove(tx, world, by, _pairs(tenant_id, given, role_id), id)

    await commit(world, work)


async def _require(tx: Transaction, tenant_id: str, role_id: str) -> None:
    if await organization_roles.get(tx, tenant_id, role_id) is None:
        raise EntityNotFound


def _pairs(tenant_id: str, given: Given, role_id: str) -> Pairs:
    return Pairs(
        tenant_id=tenant_id,
        relation=_RELATIONS[given],
        parent={"organization_role_id": role_id},
        event=_EVENTS[given],
        shown=_SHOWN[given],
    )
