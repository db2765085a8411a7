"""An administrator looks at the addresses that get no more mail, and decides otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.delivery.gates.suppression import SuppressionReason, address_of, suppression
from carteiro.errors import EntityNotFound, InvalidRequestInput
from carteiro.flows.announce import announce
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.message import recipient_of
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import suppressions
from carteiro.storage.mail.suppressions import SuppressionRow
from carteiro.verification.identity import recipient_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An entry with its address in clear."""

    row: SuppressionRow
    address: str


async def find_suppressions(world: World, tenant_id: str, page: Page) -> Part[Suppressed]:
    """A page of the list, newest first."""
    found = await world.database.read(lambda tx: suppressions.find(tx, tenant_id, page))
    return Part([_open(world, row) for row in found.rows], found.total)


async def get_suppression(world: World, tenant_id: str, recipient: str) -> Suppressed:
    """The entry of an address. Raises ``EntityNotFound``, ``InvalidAddress``."""
    hashed = _hash(world, tenant_id, recipient)

    found = await world.database.read(lambda tx: suppressions.get(tx, tenant_id, hashed))
    row = existing(found, EntityNotFound)
    return _open(world, row)


async def suppress(
    world: World,
    tenant_id: str,
    recipient: str,
    *,
    note: str | None,
    expires_at: int | None,
    by: Actor = OPERATOR,
) -> Suppressed:
    """Send an address no more mail. Raises ``InvalidAddress``, ``InvalidRequestInput``."""
    now = world.clock.now()
    if expires_at is not None and expires_at <= now:
        raise InvalidRequestInput("The entry would be over before it begins.")
    row = suppression(
        world.keyring,
        tenant_id,
        recipient_of(recipient),
        SuppressionReason.MANUAL,
        now=now,
        note=note,
        expires_at=expires_at,
    )

    async def work(tx: Transaction) -> None:
        before = await suppressions.get(tx, tenant_id, row.recipient_hash)
        await suppressions.put(tx, row)
        target, name = {"recipientHash": row.recipient_hash}, "Suppression.Created"
        await announce(tx, world, tenant_id, by, name, target=target, before=before, after=row)

    await world.database.write(work)
    return _open(world, row)


async def allow(world: World, tenant_id: str, recipient: str, *, by: Actor = OPERATOR) -> None:
    """Take an address off the list. Raises ``EntityNotFound``, ``InvalidAddress``."""
    hashed = _hash(world, tenant_id, recipient)

    async def work(tx: Transaction) -> None:
        before = await suppressions.get(tx, tenant_id, hashed)
        if not await suppressions.delete(tx, tenant_id, hashed):
            raise EntityNotFound
        target, name = {"recipientHash": hashed}, "Suppression.Deleted"
        await announce(tx, world, tenant_id, by, name, target=target, before=before)

    await world.database.write(work)


def _hash(world: World, tenant_id: str, recipient: str) -> str:
    return recipient_hash(world.keyring, tenant_id, recipient_of(recipient))


def _open(world: World, row: SuppressionRow) -> Suppressed:
    return Suppressed(row=row, address=address_of(world.keyring, row))
