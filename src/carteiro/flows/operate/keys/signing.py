"""Replacing the key that signs a tenant's tokens, while everything serves."""

from __future__ import annotations

from carteiro.errors import KeyRefused, UnknownTenant
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.oidc.keys import add_key
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import signing_keys, tenants

AHEAD = 3_600_000
"""Milliseconds between a key's publication and its first signature: clients keep a JWKS so long."""
_AT_MOST = 20
"""Keys that are published at once."""


async def rotate_signing_key(
    world: World, tenant_id: str, *, compromised: bool = False, by: Actor = OPERATOR
) -> int:
    """Publish a new key; when it begins to sign, in milliseconds since the epoch.

    Those before it verify until what they have signed is over. Where they are ``compromised`` the
    new one signs at once and they verify nothing any more. Raises ``KeyRefused`` where a new one
    waits already, or too many are published, and ``UnknownTenant``.
    """
    now = world.clock.now()

    async def work(tx: Transaction) -> int:
        await tenants.lock(tx, tenant_id)
        if await tenants.get(tx, tenant_id) is None:
            raise UnknownTenant
        known = await signing_keys.list_newest_first(tx, tenant_id)
        if not compromised and known and known[0].signs_from > now:
            raise KeyRefused("A new key is published already, and signs soon.")
        if not compromised and len(known) >= _AT_MOST:
            raise KeyRefused(f"{len(known)} keys are published: wait until tokens of old ones end.")
        signs_from = now if compromised or not known else now + AHEAD
        key_id = await add_key(tx, world.keyring, tenant_id, signs_from=signs_from)
        ended = await signing_keys.end_others(tx, tenant_id, key_id) if compromised else 0
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "SigningKey.Rotated",
            target={"signingKeyId": key_id},
            after={"signsFrom": signs_from, "ended": ended},
        )
        return signs_from

    signs_from = await change(world, tenant_id, work)
    world.signing_keys.forget(tenant_id)
    return signs_from
