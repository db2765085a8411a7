"""An operator looks at messages on record, hastens or cancels those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.delivery.states import Failure
from carteiro.errors import EntityNotFound, MessageNotWaiting
from carteiro.flows.announce import announce
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.message import recipient_of
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import (
    attempts,
    limits,
    message_events,
    message_search,
    messages,
    notices,
)
from carteiro.storage.mail.attempts import AttemptRow, IdleRoundRow
from carteiro.storage.mail.message_events import EventRow
from carteiro.storage.mail.message_search import MessageFilter
from carteiro.storage.mail.messages import Depth, MessageRow
from carteiro.verification.identity import recipient_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that is known of one message."""

    row: MessageRow
    attempts: Sequence[AttemptRow]
    idle_rounds: Sequence[IdleRoundRow]
    events: Sequence[EventRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages; times are milliseconds. ``recipient`` is an address or a phone number."""

    recipient: str | None = None
    type: str | None = None
    state: str | None = None
    start: int | None = None
    end: int | None = None


async def find_messages(
    world: World, tenant_id: str, wanted: Wanted, page: Page
) -> Part[MessageRow]:
    """A page of messages, newest first. Raises ``InvalidAddress`` for what is no recipient."""
    found = MessageFilter(
        recipient_hash=None
        if wanted.recipient is None
        else recipient_hash(world.keyring, tenant_id, recipient_of(wanted.recipient)),
        type=wanted.type,
        state=wanted.state,
        start=wanted.start,
        end=wanted.end,
    )

    return await world.database.read(lambda tx: message_search.find(tx, tenant_id, found, page))


async def get_timeline(world: World, tenant_id: str, id: str) -> Timeline:  # noqa: A002 - the wire's name
    """One message. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> Timeline | None:
        row = await messages.get(tx, tenant_id, id)
        if row is None:
            return None
        return Timeline(
            row=row,
            attempts=await attempts.of_message(tx, tenant_id, id),
            idle_rounds=await attempts.idle_of_message(tx, tenant_id, id),
            events=await message_events.of_message(tx, tenant_id, id),
        )

    return existing(await world.database.read(work), EntityNotFound)


async def hasten_message(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Have a waiting message tried at once. Raises ``EntityNotFound``, ``MessageNotWaiting``."""
    seen = (await get_timeline(world, tenant_id, id)).row
    now = world.clock.now()

    async def work(tx: Transaction) -> int:
        priority = await messages.hasten(tx, tenant_id, id, now=now)
        if priority is None:
            raise MessageNotWaiting
        before, after = {"dueAt": seen.due_at}, {"dueAt": now}
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "Message.Hastened",
            target={"messageId": id},
            before=before,
            after=after,
        )
        return priority

    priority = await world.database.write(work)
    await world.queue.hasten(Job(tenant_id=tenant_id, id=id, priority=priority))


async def cancel_message(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Do not send a waiting message. Raises ``EntityNotFound``, ``MessageNotWaiting``."""
    await get_timeline(world, tenant_id, id)
    row = await world.recovery.take(tenant_id, id)
    if row is None:
        raise MessageNotWaiting
    await world.courier.cancel(row, Failure.CANCELLED)

    async def work(tx: Transaction) -> None:
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "Message.Cancelled",
            target={"messageId": id},
            before={"state": "queued"},
            after={"state": "cancelled"},
        )

    await world.database.write(work)


async def erase_recipient(
    world: World, tenant_id: str, recipient: str, *, by: Actor = OPERATOR
) -> None:
    """Forget a recipient: messages, attempts, providers' events and the place in limits.

    What waits is cancelled first; what is being sent is gone when this is asked once more. The
    suppression list is another matter: it is what keeps mail away. Raises ``InvalidAddress``.
    """
    hashed = recipient_hash(world.keyring, tenant_id, recipient_of(recipient))
    waiting = await world.database.read(lambda tx: messages.waiting_for(tx, tenant_id, hashed))
    for id_ in waiting:
        row = await world.recovery.take(tenant_id, id_)
        if row is not None:
            await world.courier.cancel(row, Failure.CANCELLED)

    async def work(tx: Transaction) -> None:
        erased = await messages.erase(tx, tenant_id, hashed)
        await message_events.erase(tx, tenant_id, hashed)
        await limits.clear(tx, tenant_id=tenant_id, recipient_hash=hashed)
        await notices.clear(tx, tenant_id=tenant_id, recipient_hash=hashed)
        before = {"recipient": str(recipient_of(recipient)), "messages": erased}
        name = "Message.Erased"
        await announce(tx, world, tenant_id, by, name, before=before, messages=erased)

    await world.database.write(work)


async def queue_depth(world: World) -> list[Depth]:
    """What waits or is in hand, by tenant and state."""
    return await world.database.read(messages.depth)
