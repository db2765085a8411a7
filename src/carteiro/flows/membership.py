"""Telling who belongs to an organization now: whoever lets them in, it is told alike."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.flows.announce import announce
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction


async def tell_membership(
    tx: Transaction,
    world: World,
    tenant_id: str,
    organization_id: str,
    by: Actor,
    *,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> None:
    """Announce who came and who went."""
    await announce(
        tx,
        world,
        tenant_id,
        by,
        "Organization.Membership.Updated",
        before={"userIds": list(removed)},
        after={"userIds": list(added)},
        organizationId=organization_id,
        addedUserIds=list(added),
        removedUserIds=list(removed),
    )
