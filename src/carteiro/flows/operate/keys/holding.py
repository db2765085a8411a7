"""A process that lives long says which keys it holds, and seals with the one that is agreed on."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from carteiro import secrets
from carteiro.errors import CarteiroError
from carteiro.flows.operate.keys.fit import require_fit
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.patience import NO_PATIENCE, Patience, patiently
from carteiro.storage.tenancy import keys
from carteiro.storage.tenancy.keys import Holder, KeyState

INTERVAL = 2.0
DEAD_AFTER = 30_000
"""Milliseconds of silence after which a process is no longer waited for."""
_DAY = 86_400_000
_log = structlog.get_logger("carteiro.keys")


@asynccontextmanager
async def holding_keys(
    world: World, *, kind: str, patience: Patience = NO_PATIENCE
) -> AsyncIterator[None]:
    """Be counted among those that hold keys. Raises ``KeysDoNotFit``."""
    id_ = secrets.standard_id()
    await patiently(lambda: follow_keys(world, id_, kind, begins=True), patience)
    task = asyncio.create_task(_follow(world, id_, kind), name="keys")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(CarteiroError):
            await world.database.apply(keys.let_go(id_))


async def follow_keys(world: World, holder_id: str, kind: str, *, begins: bool = False) -> None:
    """Say what this process holds, and seal with the key that the database says.

    One that ``begins`` is seen by whoever changes which key seals, or sees what was changed.
    """
    keyring, now = world.keyring, world.clock.now()
    holder = Holder(
        id=holder_id,
        kind=kind,
        host=socket.gethostname(),
        pid=os.getpid(),
        key_ids=keyring.key_ids,
        sealing=keyring.primary,
    )

    async def work(tx: Transaction) -> list[keys.KnownKey]:
        if begins:
            await keys.take_turn(tx)
            await keys.forget_holders(tx, now - _DAY)
        await keys.hold(tx, holder, now)
        return await keys.known(tx)

    known = await world.database.write(work)
    require_fit(known, keyring)
    [sealing] = [key.id for key in known if key.state is KeyState.SEALS]
    if sealing != keyring.primary:
        keyring.use(sealing=sealing)
        _log.info("another key seals from now on", key=sealing)


async def _follow(world: World, holder_id: str, kind: str) -> None:
    told = False
    while True:
        await asyncio.sleep(INTERVAL)
        try:
            await follow_keys(world, holder_id, kind)
            told = False
        except CarteiroError as error:
            if not told:
                _log.error("keys cannot be followed", code=error.code, reason=error.message)
            told = True
