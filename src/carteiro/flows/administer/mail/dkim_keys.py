"""An administrator has mail signed: a key is made, published, signs, and is replaced by another.

A key signs only once the DNS publishes it. The one before it rests: its record stays until the mail
that it has signed is where it belongs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from carteiro.connectors.dkim.keys import (
    SELECTOR,
    SELECTOR_RULE,
    DkimKey,
    KeyAlgorithm,
    new_private,
    private_bytes,
)
from carteiro.delivery.workspaces.kept import relay_domain
from carteiro.delivery.workspaces.signing import dkim_context
from carteiro.errors import (
    DkimKeyRefused,
    DkimRecordMissing,
    EntityNotFound,
    UniqueViolation,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_domain
from carteiro.secrets import short_id
from carteiro.senders.asking import Inquiry
from carteiro.senders.dkim import read_dkim
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import dkim_keys, tenants
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow, KeyState

MOST_KEYS = 50
"""Of a tenant: each has a record that somebody looks after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyName:
    """Which key: the domain in any spelling, and its selector."""

    domain: str
    selector: str


async def list_keys(world: World, tenant_id: str) -> list[DkimKeyRow]:
    """The tenant's keys by domain, the newest first."""
    return await world.database.read(lambda tx: dkim_keys.list_all(tx, tenant_id))


async def get_key(world: World, tenant_id: str, name: KeyName) -> DkimKeyRow:
    """One key. Raises ``EntityNotFound``."""
    domain = parse_domain(name.domain)
    found = await world.database.read(
        lambda tx: dkim_keys.get(tx, tenant_id, domain, name.selector)
    )
    return existing(found, EntityNotFound)


async def make_key(
    world: World,
    tenant_id: str,
    *,
    domain: str,
    algorithm: KeyAlgorithm = KeyAlgorithm.RSA,
    selector: str | None = None,
    by: Actor = OPERATOR,
) -> DkimKeyRow:
    """Make a key for a domain; it signs nothing yet. Its record is what is to be published.

    Raises ``DkimKeyRefused`` for a selector that is none or in use, or for too many keys, and
    ``InvalidAddress``.
    """
    now, domain = world.clock.now(), parse_domain(domain)
    name = selector or _fresh_selector(now)
    if SELECTOR.fullmatch(name) is None:
        raise DkimKeyRefused(SELECTOR_RULE)
    private = await asyncio.to_thread(new_private, algorithm)
    key = DkimKey(domain=domain, selector=name, algorithm=algorithm, private=private)
    row = DkimKeyRow(
        tenant_id=tenant_id,
        domain=domain,
        selector=name,
        algorithm=algorithm,
        state=KeyState.WAITING,
        private_sealed=world.keyring.seal(
            private_bytes(private), dkim_context(tenant_id, domain, name)
        ),
        record=key.record,
        created_at=now,
        changed_at=now,
    )

    async def work(tx: Transaction) -> None:
        await tenants.lock(tx, tenant_id)
        if await dkim_keys.count(tx, tenant_id) >= MOST_KEYS:
            raise DkimKeyRefused(f"There are {MOST_KEYS} keys: delete those that rest.")
        await dkim_keys.create(tx, row)
        await _tell(tx, world, by, "Created", None, row)

    try:
        await world.database.write(work)
    except UniqueViolation:
        raise DkimKeyRefused(f"{domain} has a key with the selector {name}.") from None
    return row


async def use_key(
    world: World, tenant_id: str, name: KeyName, *, unseen: bool = False, by: Actor = OPERATOR
) -> DkimKeyRow:
    """Sign with a key from now on; the one before it of its kind rests.

    The DNS is asked whether it publishes the key, unless it is to be used ``unseen``. Raises
    ``DkimRecordMissing``, ``NameUnavailable`` or ``EntityNotFound``; then nothing is changed.
    """
    row = await get_key(world, tenant_id, name)
    if not unseen:
        seen = await read_dkim(Inquiry(world.dns), row.selector, row.domain, row.record)
        if seen.problem is not None:
            raise DkimRecordMissing(f"The DNS does not publish {seen.name}: {seen.problem}.")

    async def work(tx: Transaction) -> DkimKeyRow:
        await tenants.lock(tx, tenant_id)
        before = existing(await _present(tx, row), EntityNotFound)
        if before.state is KeyState.SIGNING:
            return before
        await dkim_keys.begin_signing(tx, before, world.clock.now())
        after = existing(await _present(tx, row), EntityNotFound)
        await _tell(tx, world, by, "Used", before, after)
        await _reach_all(tx, world, row)
        return after

    used = await change(world, tenant_id, work)
    _forget_all(world, row)
    return used


async def delete_key(
    world: World, tenant_id: str, name: KeyName, *, by: Actor = OPERATOR
) -> DkimKeyRow:
    """Delete a key for good; what it was. Without one that signs, mail goes unsigned.

    Raises ``EntityNotFound``.
    """
    row = await get_key(world, tenant_id, name)

    async def work(tx: Transaction) -> None:
        if not await dkim_keys.delete(tx, tenant_id, row.domain, row.selector):
            raise EntityNotFound
        await _tell(tx, world, by, "Deleted", row, None)
        await _reach_all(tx, world, row)

    await change(world, tenant_id, work)
    _forget_all(world, row)
    return row


def _fresh_selector(now: int) -> str:
    day = datetime.fromtimestamp(now / 1000, UTC)
    return f"c{day:%Y%m%d}-{short_id()[:4]}"


async def _present(tx: Transaction, row: DkimKeyRow) -> DkimKeyRow | None:
    return await dkim_keys.get(tx, row.tenant_id, row.domain, row.selector)


async def _tell(
    tx: Transaction,
    world: World,
    by: Actor,
    event: str,
    before: DkimKeyRow | None,
    after: DkimKeyRow | None,
) -> None:
    row = after or before
    assert row is not None
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        f"DkimKey.{event}",
        target={"domain": row.domain, "selector": row.selector},
        before=_shown(before),
        after=_shown(after),
    )


def _shown(row: DkimKeyRow | None) -> dict[str, str] | None:
    return None if row is None else {"algorithm": row.algorithm, "state": row.state}


async def _reach_all(tx: Transaction, world: World, row: DkimKeyRow) -> None:
    """The relay's key is every tenant's: all of them are told."""
    if _is_relay_s(world, row):
        for tenant in await tenants.list_all(tx):
            await tx.changed(tenant.id)


def _forget_all(world: World, row: DkimKeyRow) -> None:
    if _is_relay_s(world, row):
        world.workspaces.forget(None)


def _is_relay_s(world: World, row: DkimKeyRow) -> bool:
    return row.tenant_id == tenants.DEFAULT and row.domain == relay_domain(world.services)
