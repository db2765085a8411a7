"""The queue on SQLite: the rows themselves, worked off by the process that serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from carteiro.clock import Clock, rest
from carteiro.errors import CarteiroError
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import messages
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.queues.queue import LEASE, WEBHOOKS_AT_MOST, Handler, WebhookHandler
from carteiro.storage.tenancy import hooks
from carteiro.storage.tenancy.hooks import DeliveryRow

R = TypeVar("R")
_LOOK_SECONDS = 0.5
"""How soon a row is seen that another process put into the same file."""
_log = structlog.get_logger("carteiro.queue")


class SqliteQueue:
    """Takes what is due, in its order, as far as hands are free."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._messages: _Hands[MessageRow] = _Hands(database, clock, messages.next_due)
        self._webhooks: _Hands[DeliveryRow] = _Hands(database, clock, hooks.next_due)

    def wake(self) -> None:
        self._messages.wake.set()
        self._webhooks.wake.set()

    def stop(self) -> None:
        self._messages.stop()
        self._webhooks.stop()

    async def restore(self, *, before: int) -> int:  # noqa: ARG002 - the rows are the queue
        return 0

    async def discard(self, tx: Transaction, *, batch: int) -> int:  # noqa: ARG002 - no engine
        return 0

    async def hasten(self, job: Job) -> None:  # noqa: ARG002 - as above
        self.wake()

    async def run(self, handler: Handler, *, owner: str, most: int) -> None:
        async def claim(tx: Transaction, now: int, free: int) -> list[MessageRow]:
            return await messages.claim(tx, owner=owner, now=now, most=free)

        await self._messages.run(handler, claim, most)

    async def run_webhooks(self, handler: WebhookHandler) -> None:
        async def claim(tx: Transaction, now: int, free: int) -> list[DeliveryRow]:
            return await hooks.claim_due(tx, now=now, until=now + LEASE, most=free)

        await self._webhooks.run(handler, claim, WEBHOOKS_AT_MOST)


class _Hands(Generic[R]):
    """Rows of one kind that are being worked on."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        next_due: Callable[[Transaction], Awaitable[int | None]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._next_due = next_due
        self.wake = asyncio.Event()
        self._stopped = False
        self._running: set[asyncio.Task[int | None]] = set()

    def stop(self) -> None:
        """Take nothing new."""
        self._stopped = True
        self.wake.set()

    async def run(
        self,
        handler: Callable[[R], Awaitable[int | None]],
        claim: Callable[[Transaction, int, int], Awaitable[list[R]]],
        most: int,
    ) -> None:
        """Work with at most ``most`` rows until ``stop``; then finish those."""
        while not self._stopped:
            self.wake.clear()
            try:
                pause = await self._take(handler, claim, most - len(self._running))
            except CarteiroError as error:
                _log.warning("the queue waits for the database", code=error.code)
                pause = _LOOK_SECONDS
            await rest(self.wake, pause)
        if self._running:
            await asyncio.wait(self._running)

    async def _take(
        self,
        handler: Callable[[R], Awaitable[int | None]],
        claim: Callable[[Transaction, int, int], Awaitable[list[R]]],
        free: int,
    ) -> float:
        """Start what is due; the answer is the seconds until the next look."""
        due = await self._database.read(self._next_due) if free > 0 else None
        if due is None:
            return _LOOK_SECONDS
        now = self._clock.now()
        if due > now:
            return min((due - now) / 1000, _LOOK_SECONDS)
        claimed = await self._database.write(lambda tx: claim(tx, now, free))
        for row in claimed:
            task = asyncio.ensure_future(handler(row))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return _LOOK_SECONDS if len(claimed) == free else 0.0

    def _ended(self, task: asyncio.Task[int | None]) -> None:
        self._running.discard(task)
        self.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a row could not be worked on", error=type(error).__name__)
