"""Telling the other processes that this one lives, and knowing which of them do."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress

import structlog

from carteiro import secrets
from carteiro.clock import Clock
from carteiro.errors import CarteiroError
from carteiro.storage import processes
from carteiro.storage.database import Database, Transaction
from carteiro.storage.processes import ProcessRow, SeenProcess

INTERVAL = 2.0
DEAD_AFTER = 10_000
"""Milliseconds of silence after which a process is taken for dead."""
_log = structlog.get_logger("carteiro.delivery")


class Presence:
    """This process's row, renewed every ``INTERVAL`` seconds from its first message on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.kind = "command"
        self.id = secrets.standard_id()
        self.others: list[SeenProcess] = []
        """Who lives, this one included, as of the last look."""
        self._lasting_since: int | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def senders(self) -> int:
        """How many processes send what this one sends: a rate is divided among them.

        What is sent inside requests is sent by all that serve, what waits by all workers.
        """
        return max(1, sum(1 for process in self.others if process.kind == self.kind))

    def lasts(self, now: int) -> bool:
        """Whether this process has been renewing its row for so long that others must have, too.

        After the database was away nobody's row is fresh; then the living are given time first.
        """
        return self._lasting_since is not None and now - self._lasting_since >= DEAD_AFTER

    async def ensure(self) -> None:
        """Have a row before the first message is taken in hand. Raises ``StorageUnavailable``."""
        if self._task is None:
            # Two messages at once begin one task.
            self._task = asyncio.create_task(self._renew())
            await self.renew()

    async def look(self) -> None:
        """See who lives, without being one of them."""
        since = self._clock.now() - DEAD_AFTER

        async def work(tx: Transaction) -> list[SeenProcess]:
            return await processes.alive(tx, since=since)

        self.others = await self._database.read(work)

    async def renew(self) -> None:
        """Say that this process lives, and see who else does."""
        now = self._clock.now()
        row = ProcessRow(
            id=self.id, kind=self.kind, host=socket.gethostname(), pid=os.getpid(), started_at=now
        )

        async def work(tx: Transaction) -> list[SeenProcess]:
            call = processes.seen(row, now=now)
            await tx.run(call.name, **call.arguments)
            return await processes.alive(tx, since=now - DEAD_AFTER)

        try:
            self.others = await self._database.write(work)
        except CarteiroError:
            self._lasting_since = None
            raise
        if self._lasting_since is None:
            self._lasting_since = now

    async def close(self) -> None:
        """Say goodbye: what is left in this process's hands is nobody's from now on."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        with suppress(CarteiroError):
            await self._database.apply(processes.gone(self.id))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.renew()
            except CarteiroError as error:
                _log.warning("this process cannot say that it lives", code=error.code)
