"""A worker of PGQueuer whose jobs do nothing: ``python -m bench.engine DSN``."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job


async def main(dsn: str) -> None:
    pool = await asyncpg.create_pool(dsn, min_size=2, max_size=4)
    manager = QueueManager(Queries(AsyncpgPoolDriver(pool)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, manager.shutdown.set)

    async def nothing(job: Job) -> None:
        pass

    manager.entrypoint("empty", accepts_context=False)(nothing)
    # As carteiro worker runs it.
    await manager.run(
        dequeue_timeout=timedelta(seconds=5),
        batch_size=32,
        max_concurrent_tasks=64,
        heartbeat_timeout=timedelta(seconds=10),
        log_aggregation_interval=timedelta(0),
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
