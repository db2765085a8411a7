"""What becomes of an invitation: it is looked up, accepted, revoked or deleted."""

from __future__ import annotations

from carteiro.errors import EntityNotFound, InvitationConflict
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.membership import tell_membership
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import address_key
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import invitations, members, users
from carteiro.storage.people.invitations import Invitation, InvitationStatus


async def get_invitation(world: World, tenant_id: str, id: str) -> Invitation:  # noqa: A002 - the wire's name
    """One invitation. Raises ``EntityNotFound``."""
    found = await world.database.read(lambda tx: invitations.get(tx, tenant_id, id))
    return existing(found, EntityNotFound)


async def find_invitations(
    world: World,
    tenant_id: str,
    *,
    organization_id: str | None,
    inviter_id: str | None,
    invitee: str | None,
) -> list[Invitation]:
    """Those that match, newest first."""
    return await world.database.read(
        lambda tx: invitations.find(
            tx,
            tenant_id,
            organization_id=organization_id,
            inviter_id=inviter_id,
            invitee=invitee,
        )
    )


async def revoke_invitation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> Invitation:
    """Take an invitation back while it waits. Raises ``EntityNotFound``, ``InvitationConflict``."""

    async def work(tx: Transaction) -> Invitation:
        found = await _pending(tx, world, tenant_id, id)
        return await _settle(tx, world, found, InvitationStatus.REVOKED, by=by)

    return await commit(world, work)


async def accept_invitation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    user_id: str | None,
    *,
    by: Actor = OPERATOR,
) -> Invitation:
    """Make the invited person a member with the invitation's roles, once.

    Raises ``EntityNotFound`` (no such invitation or person) or ``InvitationConflict`` (it waits no
    more, nobody is named, or the person has another address).
    """

    async def work(tx: Transaction) -> Invitation:
        found = await _pending(tx, world, tenant_id, id)
        if user_id is None:
            raise InvitationConflict("Name the person who accepts.")
        person = existing(await users.get(tx, tenant_id, user_id), EntityNotFound)
        if address_key(person.primary_email or "") != address_key(found.row.invitee):
            raise InvitationConflict("The invitation is for another address.")
        accepted = await _settle(
            tx, world, found, InvitationStatus.ACCEPTED, by=by, user_id=user_id
        )
        organization_id = found.row.organization_id
        added = await members.add(tx, tenant_id, organization_id, user_id, now=world.clock.now())
        for role in found.roles:
            await members.give_role(tx, tenant_id, organization_id, user_id, role.id)
        await tell_membership(
            tx, world, tenant_id, organization_id, by, added=[user_id] if added else []
        )
        return accepted

    return await commit(world, work)


async def delete_invitation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        found = await invitations.get(tx, tenant_id, id)
        if found is None or not await invitations.delete(tx, tenant_id, id):
            raise EntityNotFound
        target, name = {"organizationInvitationId": id}, "OrganizationInvitation.Deleted"
        await announce(tx, world, tenant_id, by, name, target=target, before=found.row)

    await commit(world, work)


async def _pending(tx: Transaction, world: World, tenant_id: str, id: str) -> Invitation:  # noqa: A002 - the wire's name
    found = existing(await invitations.lock(tx, tenant_id, id), EntityNotFound)
    if found.row.status_at(world.clock.now()) is not InvitationStatus.PENDING:
        raise InvitationConflict("The invitation does not wait any more.")
    return found


async def _settle(
    tx: Transaction,
    world: World,
    found: Invitation,
    status: InvitationStatus,
    *,
    by: Actor,
    user_id: str | None = None,
) -> Invitation:
    row = found.row
    won = await invitations.settle(
        tx, row.tenant_id, row.id, status, accepted_user_id=user_id, now=world.clock.now()
    )
    if not won:
        raise InvitationConflict("The invitation does not wait any more.")
    target = {"organizationInvitationId": row.id, "organizationId": row.organization_id}
    name = f"OrganizationInvitation.{status}"
    settled = await invitations.get(tx, row.tenant_id, row.id)
    assert settled is not None
    after = settled.row
    await announce(tx, world, row.tenant_id, by, name, target=target, before=row, after=after)
    return settled
