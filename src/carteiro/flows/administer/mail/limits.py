"""An administrator lets somebody try again: wrong tries and sent messages are forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.errors import InvalidAddress, ValueTooLong
from carteiro.experience.guards.lockouts import lockout_hashes
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_address
from carteiro.model.phones import parse_phone
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import budgets, limits
from carteiro.storage.sign_in import lockouts
from carteiro.verification.identity import recipient_hash


async def clear_limits(
    world: World, tenant_id: str, targets: Sequence[str], *, by: Actor = OPERATOR
) -> None:
    """Forget the failures, the locks and the sends of these identifiers.

    A user name or a person's id has no sends.
    """
    hashes, cleared, locks = [], [], set()
    for target in dict.fromkeys(targets):
        locks |= set(lockout_hashes(world.keyring, tenant_id, target))
        try:
            recipient = parse_phone(target) if target.isdigit() else parse_address(target)
        except (InvalidAddress, ValueTooLong):
            continue
        hashes.append(recipient_hash(world.keyring, tenant_id, recipient))
        cleared.append(str(recipient))

    async def work(tx: Transaction) -> None:
        for lock in sorted(locks):
            await lockouts.clear(tx, tenant_id=tenant_id, target_hash=lock)
        for known in sorted(hashes):
            await budgets.clear(tx, tenant_id=tenant_id, recipient_hash=known)
            await limits.clear(tx, tenant_id=tenant_id, recipient_hash=known)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "SentinelActivity.Deleted",
            before={"identifiers": cleared},
            identifiers=len(targets),
        )

    await commit(world, work)
