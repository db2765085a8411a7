"""Telling who and what belongs to an organization now: whoever lets them in, it is told alike."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from carteiro.flows.announce import announce
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction


class Member(StrEnum):
    """What may belong to an organization, as the wire's lists of ids name it."""

    USER = "User"
    APPLICATION = "Application"


async def tell_membership(
    tx: Transaction,
    world: World,
    tenant_id: str,
    organization_id: str,
    by: Actor,
    *,
    of: Member = Member.USER,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> None:
    """Announce which members came and which went."""
    listed = f"{of.lower()}Ids"
    lists: dict[str, Any] = {f"added{of}Ids": list(added), f"removed{of}Ids": list(removed)}
    await announce(
        tx,
        world,
        tenant_id,
        by,
        "Organization.Membership.Updated",
        target={"organizationId": organization_id},
        before={listed: list(removed)},
        after={listed: list(added)},
        organizationId=organization_id,
        **lists,
    )
