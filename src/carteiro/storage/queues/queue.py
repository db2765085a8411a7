"""What drives delivery: jobs that commit with their rows, and somebody who works them off.

On PostgreSQL that is PGQueuer; on SQLite the rows are the queue and the process that serves works
them off. Messages and webhooks have hands of their own: a receiver that hangs delays no mail.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.tenancy.hooks import DeliveryRow

Handler = Callable[[MessageRow], Awaitable[int | None]]
"""Works on a message that is in this process's hands.

The answer is ``None`` when nothing is left to do, or the milliseconds after which it is due again;
that time is on record already. It raises nothing.
"""
WebhookHandler = Callable[[DeliveryRow], Awaitable[int | None]]
"""The same for a webhook, which is this process's until its lease ends."""
WEBHOOKS_AT_MOST = 10
"""How many webhooks a process has under way."""
LEASE = 60_000
"""Milliseconds that a webhook is in one process's hands: longer than an attempt takes."""


class Queue(Protocol):
    """Works off the jobs of every process."""

    def wake(self) -> None:
        """Something was committed: look at once."""
        ...

    async def run(self, handler: Handler, *, owner: str, most: int) -> None:
        """Work with at most ``most`` messages in hand until ``stop``; then finish those."""
        ...

    async def run_webhooks(self, handler: WebhookHandler) -> None:
        """The same for webhooks."""
        ...

    async def restore(self, *, before: int) -> int:
        """Enqueue what was due before a time and has no job, if that can be; how many they were."""
        ...

    async def discard(self, tx: Transaction, *, batch: int) -> int:
        """Delete at most ``batch`` entries of the engine's own log that are a day old."""
        ...

    async def hasten(self, job: Job) -> None:
        """Have a waiting row's job picked at once."""
        ...

    def stop(self) -> None:
        """Take nothing new."""
        ...
