"""The root of a worker: opens the world, works off the queue, ends on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import math
import signal

import structlog

from carteiro.errors import InvalidSettings, StorageUnavailable
from carteiro.flows.operate.keys.holding import holding_keys
from carteiro.runtime.opening import open_world
from carteiro.runtime.running import running
from carteiro.settings import Settings
from carteiro.storage.drivers.patience import Patience

_log = structlog.get_logger("carteiro")


async def work(settings: Settings) -> None:
    """Work until a signal asks to end. Raises ``InvalidSettings`` on SQLite.

    A database that is away is waited for, without end unless the settings say otherwise.
    """
    if settings.sqlite_path is not None:
        raise InvalidSettings(
            "On SQLite `carteiro serve` delivers by itself; a worker needs PostgreSQL "
            "(CARTEIRO_DATABASE_URL)."
        )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    seconds = math.inf if settings.database_wait is None else settings.database_wait
    patience = Patience(seconds=seconds, ended=ended)
    try:
        async with (
            open_world(settings, patience=patience) as world,
            holding_keys(world, kind="worker", patience=patience),
            running(world, settings, kind="worker", works=True, patience=patience),
        ):
            _log.info("working", messages=settings.worker_concurrency)
            await ended.wait()
            _log.info("ending")
    except StorageUnavailable:
        if not ended.is_set():
            raise
