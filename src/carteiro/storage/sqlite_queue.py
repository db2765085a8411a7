"""The queue on SQLite: the messages themselves, worked off by the process that serves."""

from __future__ import annotations

import asyncio

import structlog

from carteiro.clock import Clock, rest
from carteiro.errors import CarteiroError
from carteiro.storage import messages
from carteiro.storage.database import Database, Transaction
from carteiro.storage.job import Job
from carteiro.storage.messages import MessageRow
from carteiro.storage.queue import Handler

_LOOK_SECONDS = 0.5
"""How soon a message is seen that another process put into the same file."""
_log = structlog.get_logger("carteiro.queue")


class SqliteQueue:
    """Takes what is due, in its order, as far as hands are free."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wake = asyncio.Event()
        self._stopped = False
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    async def restore(self, *, now: int) -> int:  # noqa: ARG002 - the messages are the queue
        return 0

    async def discard(self, *, batch: int) -> int:  # noqa: ARG002 - there is no engine
        return 0

    async def hasten(self, job: Job) -> None:  # noqa: ARG002 - as above
        self._wake.set()

    async def run(self, handler: Handler, *, owner: str, most: int) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                full = await self._take(handler, owner, most - len(self._running))
                pause = _LOOK_SECONDS if full else await self._pause()
            except CarteiroError as error:
                _log.warning("the queue waits for the database", code=error.code)
                pause = _LOOK_SECONDS
            await rest(self._wake, pause)
        if self._running:
            await asyncio.wait(self._running)

    async def _take(self, handler: Handler, owner: str, free: int) -> bool:
        """Start what is due; says whether every hand is full."""
        if free <= 0:
            return True
        now = self._clock.now()

        async def work(tx: Transaction) -> list[MessageRow]:
            return await messages.claim(tx, owner=owner, now=now, most=free)

        claimed = await self._database.write(work)
        for row in claimed:
            task = asyncio.create_task(self._work(handler, row))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(claimed) == free

    async def _work(self, handler: Handler, row: MessageRow) -> None:
        await handler(row)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a message could not be worked on", error=type(error).__name__)

    async def _pause(self) -> float:
        """Seconds until the next message is due, at most until the next look."""

        async def work(tx: Transaction) -> int | None:
            return await messages.next_due(tx)

        due = await self._database.read(work)
        if due is None:
            return _LOOK_SECONDS
        return min(max((due - self._clock.now()) / 1000, 0.0), _LOOK_SECONDS)
