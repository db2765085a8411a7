"""Telling the other processes that this one lives, and knowing which of them do.

It is told from a thread of its own, on a connection of its own: a process whose event loop is
blocked lives all the same, and what it has in hand must not be sent by somebody else.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress

import structlog

from carteiro import secrets
from carteiro.clock import Clock
from carteiro.errors import CarteiroError
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.queues import processes
from carteiro.storage.queues.processes import ProcessRow, SeenProcess

INTERVAL = 2.0
DEAD_AFTER = 10_000
"""Milliseconds of silence after which a process is taken for dead."""
_GAP = DEAD_AFTER // 2
"""A silence of our own after which the others are given time, too: the machine slept."""
_MISSED_AFTER = DEAD_AFTER - 2_000
_JOIN_SECONDS = 5.0
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
        self.drove_at: int | None = None
        """When this process last had a message of the queue in hand."""
        self._told_at: int | None = None
        self._lasting_since: int | None = None
        self._starting = asyncio.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def senders(self) -> int:
        """How many processes send what this one sends: a rate is divided among them.

        What is sent inside requests is sent by all that serve, what waits by all workers.
        """
        return max(1, sum(1 for process in self.others if process.kind == self.kind))

    def lasts(self) -> bool:
        """Whether this process has been renewing its row for so long that others must have, too.

        After the database was away, or the machine asleep, nobody's row is fresh; then the living
        are given time first.
        """
        now, since, told = self._clock.now(), self._lasting_since, self._told_at
        if since is None or told is None:
            return False
        return now - since >= DEAD_AFTER and now - told < _GAP

    def missed(self) -> bool:
        """Whether the others may have taken this process for dead, with what it has in hand."""
        told = self._told_at
        return told is not None and self._clock.now() - told >= _MISSED_AFTER

    async def ensure(self) -> None:
        """Have a row before the first message is taken in hand. Raises ``StorageUnavailable``."""
        if self._told_at is not None:
            return
        async with self._starting:
            if self._told_at is None:
                await self.renew()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._keep_told, name="carteiro-presence", daemon=True
                )
                self._thread.start()

    async def look(self) -> None:
        """See who lives, without being one of them."""
        since = self._clock.now() - DEAD_AFTER

        async def work(tx: Transaction) -> list[SeenProcess]:
            return await processes.alive(tx, since=since)

        self.others = await self._database.read(work)

    async def renew(self) -> None:
        """Say that this process lives, and see who else does."""
        self._heard(*await self._database.write(self._tell))

    async def close(self) -> None:
        """Say goodbye: what is left in this process's hands is nobody's from now on."""
        if self._thread is None:
            return
        self._ended.set()
        await asyncio.to_thread(self._thread.join, _JOIN_SECONDS)
        with suppress(CarteiroError):
            await self._database.apply(processes.gone(self.id))

    async def _tell(self, tx: Transaction) -> tuple[list[SeenProcess], int]:
        now = self._clock.now()
        row = ProcessRow(
            id=self.id,
            kind=self.kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=now,
            drove_at=self.drove_at,
        )
        call = processes.seen(row, now=now)
        await tx.put(call)
        return await processes.alive(tx, since=now - DEAD_AFTER), now

    def _heard(self, others: list[SeenProcess], now: int) -> None:
        self.others = others
        slept = self._told_at is not None and now - self._told_at >= _GAP
        if self._lasting_since is None or slept:
            self._lasting_since = now
        self._told_at = now

    def _keep_told(self) -> None:
        """The thread: until the end, once in ``INTERVAL`` seconds."""
        sideline = self._database.sideline()
        try:
            while not self._ended.wait(INTERVAL):
                try:
                    self._heard(*sideline.write(self._tell))
                except CarteiroError as error:
                    self._lasting_since = None
                    _log.warning("this process cannot say that it lives", code=error.code)
                except Exception as error:  # noqa: BLE001 - a silent process is taken for dead
                    self._lasting_since = None
                    problem = type(error).__name__
                    _log.error("this process cannot say that it lives", error=problem)
        finally:
            sideline.close()
