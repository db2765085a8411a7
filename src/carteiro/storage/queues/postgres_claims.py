"""Taking messages into a worker's hands on PostgreSQL, those of a batch in one statement."""

from __future__ import annotations

import asyncio

from carteiro.clock import Clock
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail.messages import CLAIMED, MessageRow, claimed_of

# Each row is looked up by its key, whatever the planner believes: one that has not counted the
# table for long takes the index of what waits for short, and would read a backlog for every batch.
_LOOKED_UP = (
    "unnest(CAST(:tenant_ids AS TEXT[]), CAST(:ids AS TEXT[])) AS wanted (tenant_id, id) "
    "CROSS JOIN LATERAL (SELECT ctid AS place, due_at, state FROM messages "
    "WHERE tenant_id = wanted.tenant_id AND id = wanted.id AND state || '' IN ({}) OFFSET 0"
)
_QUEUED = _LOOKED_UP.format("'queued'")
_UNFINISHED = _LOOKED_UP.format("'queued', 'sending'")
_CLAIM = Statement.of(
    "messages.claim_many",
    f"WITH found AS MATERIALIZED (SELECT place FROM {_QUEUED} FOR UPDATE) AS row "  # noqa: S608
    "WHERE due_at <= :now) "
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now "
    f"FROM found WHERE messages.ctid = found.place RETURNING messages.*, {CLAIMED}",
)
_WAITING = Statement.of(
    "messages.still_waiting",
    f"SELECT tenant_id, id, due_at, state FROM {_UNFINISHED}) AS row",  # noqa: S608 - as above
)
_IN_HAND = 5_000
"""Milliseconds after which one that somebody else has in hand is looked at again: its job must not
end before it does. The engine gives away the jobs of a process that does not answer for a while.
"""


class Claims:
    """What one worker asks for within one turn of the loop is claimed together."""

    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._wanted: dict[tuple[str, str], asyncio.Future[tuple[MessageRow | None, int | None]]]
        self._wanted = {}
        self._flushing: set[asyncio.Task[None]] = set()

    async def claim(self, tenant_id: str, message_id: str) -> tuple[MessageRow | None, int | None]:
        """The message, or after how many milliseconds to ask again, or neither: it has ended."""
        loop = asyncio.get_running_loop()
        if not self._wanted:
            loop.call_soon(self._flush)
        future = self._wanted.setdefault((tenant_id, message_id), loop.create_future())
        return await future

    def _flush(self) -> None:
        wanted, self._wanted = self._wanted, {}
        task = asyncio.ensure_future(self._take(wanted))
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _take(
        self,
        wanted: dict[tuple[str, str], asyncio.Future[tuple[MessageRow | None, int | None]]],
    ) -> None:
        now = self._clock.now()

        async def work(tx: Transaction) -> dict[tuple[str, str], tuple[MessageRow | None, int]]:
            keys = sorted(wanted)
            names = {"tenant_ids": [key[0] for key in keys], "ids": [key[1] for key in keys]}
            rows = await tx.all(_CLAIM, owner=self._owner, now=now, **names)
            found: dict[tuple[str, str], tuple[MessageRow | None, int]] = {
                (row["tenant_id"], row["id"]): (claimed_of(row), 0) for row in rows
            }
            if len(found) < len(keys):
                for row in await tx.all(_WAITING, **names):
                    waits = row["due_at"] - now if row["state"] == "queued" else _IN_HAND
                    found.setdefault((row["tenant_id"], row["id"]), (None, max(waits, 1)))
            return found

        try:
            # Without a transaction around it, which would be two round trips more: the claim is one
            # statement, and what waits is only looked at.
            found = await self._database.read(work)
        except Exception as error:  # noqa: BLE001 - it is the callers', and raised there
            for future in wanted.values():
                if not future.done():
                    future.set_exception(error)
            return
        for key, future in wanted.items():
            row, waits = found.get(key, (None, None))
            if not future.done():  # whoever asked may have been told to end
                future.set_result((row, None if row else waits))
