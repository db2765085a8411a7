"""An administrator sees and decides which organizations somebody let an application into."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    MembershipRequired,
    RelationNotFound,
    ThirdPartyApplicationOnly,
)
from carteiro.flows import relate
from carteiro.flows.change import commit
from carteiro.flows.relate import Pairs
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import consents, relations, users
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.tenancy import applications


async def require_asked(world: World, tenant_id: str, application_id: str, user_id: str) -> None:
    """Refuse where nobody is asked.

    Raises ``EntityNotExistsWithId`` (application), ``ThirdPartyApplicationOnly`` or
    ``EntityNotFound`` (person).
    """

    async def work(tx: Transaction) -> None:
        await _require_asked(tx, tenant_id, application_id, user_id)

    await world.database.read(work)


async def find_organizations(
    world: World, tenant_id: str, application_id: str, user_id: str, page: Page
) -> Part[OrganizationRow]:
    """A page of the organizations, newest first. Raises as ``require_asked`` does."""

    async def work(tx: Transaction) -> Part[OrganizationRow]:
        await _require_asked(tx, tenant_id, application_id, user_id)
        return await consents.find_organizations(tx, tenant_id, application_id, user_id, page)

    return await world.database.read(work)


async def let_in(
    world: World,
    tenant_id: str,
    application_id: str,
    user_id: str,
    organization_ids: Sequence[str],
    *,
    replacing: bool = False,
    by: Actor = OPERATOR,
) -> None:
    """Let an application into these organizations too, or into exactly these.

    Raises as ``require_asked`` does, or ``MembershipRequired`` where the person does not belong to
    one of them; nothing changes then.
    """
    wanted = list(dict.fromkeys(organization_ids))

    async def work(tx: Transaction) -> None:
        await users.lock(tx, tenant_id, user_id)
        await _require_asked(tx, tenant_id, application_id, user_id)
        change = relate.replace if replacing else relate.add
        await change(tx, world, by, _pairs(tenant_id, application_id, user_id), wanted)

    try:
        await commit(world, work)
    except RelationNotFound:
        raise MembershipRequired from None


async def shut_out(
    world: World,
    tenant_id: str,
    application_id: str,
    user_id: str,
    organization_id: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Take one back. Raises as ``require_asked`` does, or ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        await users.lock(tx, tenant_id, user_id)
        await _require_asked(tx, tenant_id, application_id, user_id)
        pairs = _pairs(tenant_id, application_id, user_id)
        await relate.remove(tx, world, by, pairs, organization_id)

    await commit(world, work)


async def _require_asked(
    tx: Transaction, tenant_id: str, application_id: str, user_id: str
) -> None:
    row = await applications.get(tx, tenant_id, application_id)
    if row is None:
        raise EntityNotExistsWithId
    if not row.is_third_party:
        raise ThirdPartyApplicationOnly
    if await users.get(tx, tenant_id, user_id) is None:
        raise EntityNotFound


def _pairs(tenant_id: str, application_id: str, user_id: str) -> Pairs:
    return Pairs(
        tenant_id=tenant_id,
        relation=relations.CONSENT_ORGANIZATIONS,
        parent={"application_id": application_id, "user_id": user_id},
        event="User.ConsentOrganizations.Updated",
        shown="organizationIds",
    )
