"""Noticing that messages are due and nobody touches any.

The worker was never started, or it lives and takes nothing. What a rate or a breaker holds is not
due before its time, and what is in hand is touched, however long the provider takes.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from carteiro.clock import Clock
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.presence import Presence
from carteiro.delivery.recurrence import every
from carteiro.delivery.telemetry import Telemetry
from carteiro.storage.drivers.database import Database
from carteiro.storage.mail import messages
from carteiro.storage.queues.processes import SeenProcess
from carteiro.storage.queues.queue import Queue

INTERVAL = 2.0
SILENCE = 10_000
"""Milliseconds for which messages may be due and untouched before that is said."""
UNDRIVEN = "nobody drives the queue"
_log = structlog.get_logger("carteiro.delivery")


def undriven(due: int | None, alive: Iterable[SeenProcess], now: int) -> int | None:
    """For how many milliseconds messages have been due and nobody has touched any.

    ``None`` where somebody does, or nothing is due for long. ``due`` is when the oldest was.
    """
    if due is None:
        return None
    silent = now - max([due, *(process.drove_at or 0 for process in alive)])
    return silent if silent >= SILENCE else None


class Watchdog:
    """Looks every ``INTERVAL`` seconds, in every process that lives long."""

    def __init__(
        self,
        *,
        database: Database,
        courier: Courier,
        presence: Presence,
        queue: Queue,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._database = database
        self._courier = courier
        self._presence = presence
        self._queue = queue
        self._clock = clock
        self._telemetry = telemetry
        self._said = False

    async def run(self) -> None:
        """Look until cancelled."""
        await every(
            INTERVAL,
            self.look,
            lambda error: _log.debug("the watchdog waits for the database", code=error.code),
        )

    async def look(self) -> int | None:
        """Say once that nobody drives the queue, and once that somebody does again.

        The answer is that of ``undriven``.
        """
        now = self._clock.now()
        if self._courier.working:
            # Only a loop that runs comes by here.
            self._presence.drove_at = now
        due = await self._database.read(messages.next_due)
        # After the database was away nobody has touched anything: the others are given time.
        silent = undriven(due, self._presence.others, now) if self._presence.lasts() else None
        self._telemetry.undriven.set((silent or 0) / 1000)
        if silent is not None and not self._said:
            # It may be that a connection was cut at the wrong moment, and the job went with it.
            restored = await self._queue.restore(before=now - SILENCE // 2)
            _log.error(UNDRIVEN, seconds=silent // 1000, restored=restored)
        elif silent is None and self._said:
            _log.info("the queue is driven")
        self._said = silent is not None
        return silent
