"""An administrator lets somebody try again: wrong tries, locks and sent messages are forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.errors import InvalidAddress, ValueTooLong
from carteiro.experience.guards.lockouts import lockout_hashes
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_address
from carteiro.model.message import Recipient
from carteiro.model.phones import parse_phone, phone_spellings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import budgets, limits
from carteiro.storage.sign_in import known_browsers, lockouts
from carteiro.storage.sign_in.known_browsers import Owner
from carteiro.verification.identity import recipient_hash


async def clear_limits(
    world: World, tenant_id: str, targets: Sequence[str], *, by: Actor = OPERATOR
) -> None:
    """Forget the failures, the locks and the sends of these identifiers.

    A user name or a person's id has no sends. What a person's own browsers have failed is forgotten
    with any of their identifiers.
    """
    targets = list(dict.fromkeys(targets))
    recipients = [found for target in targets if (found := _recipient(target)) is not None]
    hashes = {recipient_hash(world.keyring, tenant_id, one) for one in recipients}
    locks = {
        hashed for target in targets for hashed in lockout_hashes(world.keyring, tenant_id, target)
    }

    async def work(tx: Transaction) -> None:
        browsers: set[str] = set()
        for target in targets:
            owner = _anybody(target)
            browsers |= set(await known_browsers.of_person(tx, tenant_id=tenant_id, owner=owner))
        for known in sorted(hashes | browsers):
            await budgets.clear(tx, tenant_id=tenant_id, recipient_hash=known)
        for lock in sorted(locks | browsers):
            await lockouts.clear(tx, tenant_id=tenant_id, target_hash=lock)
        for known in sorted(hashes):
            await limits.clear(tx, tenant_id=tenant_id, recipient_hash=known)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "SentinelActivity.Deleted",
            before={"identifiers": [str(one) for one in recipients]},
            identifiers=len(targets),
        )

    await commit(world, work)


def _recipient(target: str) -> Recipient | None:
    try:
        return parse_phone(target) if target.isdigit() else parse_address(target)
    except (InvalidAddress, ValueTooLong):
        return None


def _anybody(target: str) -> Owner:
    """Whoever is identified by a text, in whatever way."""
    spelling, *others = phone_spellings(target)
    return Owner(
        user_id=target,
        email=target,
        phone=spelling,
        other_phone=others[0] if others else None,
        username=target,
        username_lower=target.lower(),
    )
