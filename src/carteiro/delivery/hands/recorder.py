"""Putting outcomes on record, with the webhooks that tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from carteiro.clock import Clock
from carteiro.delivery.hands.hand import Hand
from carteiro.delivery.states import Failure, MessageState, event_of
from carteiro.delivery.telemetry import Telemetry
from carteiro.errors import Disposition, StorageUnavailable
from carteiro.storage.drivers.database import Call, Database, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.webhooks.telling import tell

_log = structlog.get_logger("carteiro.delivery")
_AGAIN = 0.2
_AT_LEAST_EVERY = 2.0
_SETTLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ending:
    """A message ended unsent: its state, and why."""

    state: MessageState
    reason: Failure | Disposition

    @property
    def event(self) -> str:
        """The event that tells of it."""
        return event_of(self.state, self.reason)


class Recorder:
    """Writes what came of messages, however long the database is away."""

    def __init__(self, database: Database, clock: Clock, telemetry: Telemetry) -> None:
        self._database = database
        self._clock = clock
        self._telemetry = telemetry
        self._pending: set[asyncio.Task[None]] = set()

    async def write(
        self,
        hand: Hand,
        calls: Sequence[Call],
        ending: Ending | None = None,
        *,
        jobs: Sequence[Job] = (),
    ) -> None:
        """On record when this returns: what is not would be sent twice."""
        await _until_done(lambda: self._write(hand, calls, ending, jobs))

    async def write_soon(
        self, hand: Hand, calls: Sequence[Call], ending: Ending | None = None
    ) -> None:
        """At once; if the database is away, later: the mail is out or refused either way."""
        try:
            await self._write(hand, calls, ending)
        except StorageUnavailable as error:
            _log.error("the outcome of a message is recorded later", code=error.code)
            task = asyncio.create_task(self.write(hand, calls, ending))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def write_plain(self, calls: Sequence[Call], *, jobs: Sequence[Job] = ()) -> None:
        """The same for writes that no webhook tells of and that need no contents."""
        await _until_done(lambda: self._database.apply(*calls, jobs=jobs))

    async def settle(self) -> None:
        """Wait until everything is on record; if the database stays away, not for ever."""
        if not self._pending:
            return
        _, left = await asyncio.wait(self._pending, timeout=_SETTLE_SECONDS)
        for task in left:
            task.cancel()

    async def _write(
        self,
        hand: Hand,
        calls: Sequence[Call],
        ending: Ending | None,
        jobs: Sequence[Job] = (),
    ) -> None:
        if ending is None:
            return await self._database.apply(*calls, jobs=jobs)
        now = self._clock.now()
        data = hand.told(ending.reason)

        async def work(tx: Transaction) -> None:
            await tx.put(*calls)
            await tell(tx, hand.tenant_id, hand.parcel.by, ending.event, at=now, data=data)

        await self._database.write(work)
        self._telemetry.ended.labels(ending.state, ending.reason).inc()
        return None


async def _until_done(write: Callable[[], Awaitable[None]]) -> None:
    pause = _AGAIN
    while True:
        try:
            return await write()
        except StorageUnavailable:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _AT_LEAST_EVERY)
