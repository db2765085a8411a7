"""Notices in tests: who is told of what, once the queue is worked off."""

from __future__ import annotations

from carteiro.flows.operate.messages import Wanted, find_messages
from carteiro.flows.world import World
from carteiro.model.message import Message
from carteiro.model.page import Page
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import messages
from carteiro.storage.mail.messages import MessageRow
from door_parts import TENANT, Door


async def work_off(world: World) -> None:
    """Send what waits, as the queue does."""
    await world.presence.ensure()

    async def claim(tx: Transaction) -> list[MessageRow]:
        now = world.clock.now()
        return await messages.claim(tx, owner=world.presence.id, now=now, most=100)

    for row in await world.database.write(claim):
        await world.courier.work(row)
    await world.courier.settle()


async def told(door: Door) -> list[tuple[str, str]]:
    """The type and the recipient of each notice that was sent, in no order."""
    return sorted((mail.type.value, str(mail.to)) for mail in await notices_sent(door))


async def notices_sent(door: Door) -> list[Message]:
    """The mails that brought nothing."""
    await work_off(door.world)
    return [mail for mail in await door.mails() if "code" not in mail.payload]


async def on_record(world: World) -> list[MessageRow]:
    """Every message of the tenant, newest first."""
    found = await find_messages(world, TENANT, Wanted(), Page(1, 100))
    return list(found.rows)
