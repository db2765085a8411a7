"""What crashes leave behind: messages in dead hands, without a job, or past their time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from carteiro.clock import Clock
from carteiro.delivery.feedback import Feedback
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.presence import DEAD_AFTER, Presence
from carteiro.delivery.recurrence import every
from carteiro.delivery.states import Failure, Outcome
from carteiro.errors import Disposition
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import attempts, messages
from carteiro.storage.mail.attempts import AttemptRow
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.queues.queue import Queue

INTERVAL = 2.0
_BATCH = 100
_RESTORE_EVERY = 30_000
_OVERDUE = 30_000
"""Milliseconds after which a message that is due and has no job gets one."""
_log = structlog.get_logger("carteiro.delivery")


class Recovery:
    """Looks every ``INTERVAL`` seconds; many processes may do so at once."""

    def __init__(
        self,
        *,
        database: Database,
        courier: Courier,
        queue: Queue,
        presence: Presence,
        feedback: Feedback,
        clock: Clock,
    ) -> None:
        self._database = database
        self._courier = courier
        self._queue = queue
        self._presence = presence
        self._feedback = feedback
        self._restore_at = 0
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled."""
        await every(
            INTERVAL,
            self.look,
            lambda error: _log.warning("recovery waits for the database", code=error.code),
        )

    async def look(self) -> int:
        """Go on with what was left behind; how many messages that were."""
        steps: list[Callable[[], Awaitable[int]]] = [self._expire, self._feedback.match]
        if self._presence.lasts():
            steps += [self._adopt, self._restore]
        return sum([await step() for step in steps])

    async def _adopt(self) -> int:
        """Messages that a process had in hand when it ended, or that this one let fall."""
        now = self._clock.now()

        async def find(tx: Transaction) -> list[MessageRow]:
            return await messages.orphans(
                tx, me=self._presence.id, before=now - DEAD_AFTER, batch=_BATCH
            )

        recovered = 0
        for row in await self._database.read(find):
            if (row.tenant_id, row.id) in self._courier.in_hand:
                continue
            recovered += await self._adopt_one(row, now)
        return recovered

    async def _adopt_one(self, row: MessageRow, now: int) -> int:
        async def work(tx: Transaction) -> AttemptRow | None:
            if not await messages.adopt(tx, row, owner=self._presence.id, now=now):
                return None
            known = await attempts.of_message(tx, row.tenant_id, row.id)
            number = max([row.attempts, *(entry.number for entry in known)]) + 1
            return AttemptRow(
                number=number,
                connector_id=row.connector_id,
                factory_id="",
                started_at=row.attempt_at or row.created_at,
                finished_at=now,
                outcome=Outcome.LOST,
                disposition=Disposition.UNKNOWN,
            )

        lost = await self._database.write(work)
        if lost is None:
            return 0
        _log.warning("a message is taken over from a process that ended", id=row.id)
        await self._courier.recover(row, lost)
        # Its job may be waiting for the dead one: it is due now.
        await self._queue.hasten(Job(tenant_id=row.tenant_id, id=row.id, priority=row.priority))
        return 1

    async def _restore(self) -> int:
        """Seldom: it reads all that waits, and rows without a job are a defect or an upgrade."""
        now = self._clock.now()
        if now < self._restore_at:
            return 0
        self._restore_at = now + _RESTORE_EVERY
        restored = await self._queue.restore(before=now - _OVERDUE)
        if restored:
            _log.warning("rows had no job", count=restored)
        return restored

    async def _expire(self) -> int:
        """Codes that died while no worker looked."""
        now = self._clock.now()

        async def find(tx: Transaction) -> list[tuple[str, str]]:
            return await messages.expired(tx, now=now, batch=_BATCH)

        found = await self._database.read(find)
        for tenant_id, id_ in found:
            row = await self.take(tenant_id, id_)
            if row is not None:
                await self._courier.cancel(row, Failure.EXPIRED)
        return len(found)

    async def take(self, tenant_id: str, id: str) -> MessageRow | None:  # noqa: A002 - the column's name
        """Take a waiting message in hand; ``None`` when it does not wait."""
        await self._presence.ensure()

        async def work(tx: Transaction) -> MessageRow | None:
            return await messages.take(
                tx, tenant_id, id, owner=self._presence.id, now=self._clock.now()
            )

        return await self._database.write(work)
