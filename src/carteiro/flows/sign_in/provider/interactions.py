"""A person's way from an application to a session: one locked row, one unit of work for each step.

Two tabs, a double click or two calls at once cannot interleave: the second waits and then sees what
the first one left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from carteiro.flows.world import World
from carteiro.oidc.errors import SessionNotFound
from carteiro.oidc.issuer import issuer
from carteiro.storage.drivers.asked import Asks, nothing
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction

T = TypeVar("T")
Step = Callable[[Transaction, Interaction], Awaitable[T]]


async def look(world: World, tenant_id: str, uid: str) -> Interaction:
    """An interaction as it stands. Raises ``SessionNotFound``."""

    async def work(tx: Transaction) -> Interaction | None:
        return await interactions.get(tx, tenant_id, uid, world.clock.now())

    found = await world.database.read(work, quick=True)
    if found is None:
        raise SessionNotFound
    return found


async def step(world: World, tenant_id: str, uid: str, work: Step[T], *, asks: Asks = nothing) -> T:
    """Run one unit of work on the locked interaction. Raises ``SessionNotFound``.

    What ``work`` is going to ask (``asks``) is asked in the round trip that takes the lock; see
    ``interactions.lock_and_ask`` for how old the answers may be.

    What ``work`` raises takes back everything that it wrote; it stores the record itself
    (``interactions.save_record``), once.
    """

    async def unit(tx: Transaction) -> T:
        now = world.clock.now()
        locked, asked = await interactions.lock_and_ask(tx, tenant_id, uid, now, asks)
        if locked is None:
            raise SessionNotFound
        return await work(asked, locked)

    return await world.database.write(unit)


async def submit_login(
    tx: Transaction,
    interaction: Interaction,
    *,
    origin: str,
    account_id: str,
    record: Mapping[str, Any] | None,
    now: int,
) -> str:
    """Store, within a step, who has signed in; the address where the browser goes on.

    ``record`` becomes the session's last submission. Until the browser has gone on, a further step
    may still change either.
    """
    await interactions.submit_login(
        tx,
        interaction.tenant_id,
        interaction.uid,
        account_id=account_id,
        record=record,
        now=now,
    )
    return resume_address(origin, interaction.uid)


def resume_address(origin: str, uid: str) -> str:
    """Where the browser goes on once the prompt is answered."""
    return f"{issuer(origin)}/auth/{uid}"
