"""What both databases are to the rest of the house: units of work over named statements.

A unit of work is an ``async`` function of a ``Transaction``. PostgreSQL awaits it over the wire;
SQLite runs the same function to its end in one go, because there awaiting a statement never
suspends. A unit therefore awaits nothing but its transaction. It commits as a whole when the
function returns and leaves nothing behind when it raises.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.statements import Statement

T = TypeVar("T")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A named statement with its arguments, to be run together with others."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with its arguments that is asked together with others.

    It may find by what another row says what somebody is going to ask by its key: ``serves`` is
    that statement, and each row answers it for the arguments that the row has as columns.
    """

    statement: str | Statement
    arguments: Mapping[str, Any]
    serves: str | None = None


class Transaction(Protocol):
    """Named statements inside one unit of work; arguments are named as in the SQL."""

    @property
    def is_far(self) -> bool:
        """Whether each statement is a round trip, so that to ask ahead saves some."""
        ...

    async def one(self, name: str | Statement, /, **arguments: Any) -> Row | None:
        """The first row, or ``None``."""
        ...

    async def all(self, name: str | Statement, /, **arguments: Any) -> list[Row]:
        """Every row."""
        ...

    async def run(self, name: str, /, **arguments: Any) -> int:
        """How many rows were written."""
        ...

    async def put(self, *calls: Call) -> None:
        """Run writes at the latest before anything else is run or the unit commits.

        What is put until then is one round trip: the writes do not read each other, and no two of
        them change the same row. What the constraints refuse may be raised only then.
        """
        ...

    async def together(self, *calls: Call) -> list[Any]:
        """Run writes as ``put`` does, now, and with what has been put; how each one ended.

        For each the first value that it gives back, 1 where it gives none back, ``None`` where it
        found nothing to write.
        """
        ...

    async def ask(self, *questions: Question) -> list[list[Row]]:
        """The rows of several questions, in one round trip.

        They are of one moment: one that waits for a lock sees its own row as it is by then, the
        others see what was there before. Bytes may come as ``rows.octets`` reads them.
        """
        ...

    async def enqueue(self, *jobs: Job) -> None:
        """Put jobs into the queue, together with what this unit writes."""
        ...

    async def changed(self, tenant_id: str) -> None:
        """Tell every process, once this unit has committed, that the tenant's settings changed."""
        ...


Work = Callable[[Transaction], Awaitable[T]]


class Sideline(Protocol):
    """A way to the database for one thread, beside the event loop and whatever blocks it.

    It is made, used and closed in that thread. Raises what a ``Database`` raises.
    """

    def write(self, work: Work[T]) -> T:
        """Run a unit of work and commit it, in the calling thread."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Database(Protocol):
    """A database. A server that is gone or a file that stays locked is ``StorageUnavailable``."""

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:
        """Run writes that do not read each other, all or none, and enqueue ``jobs`` with them.

        A violated constraint is the domain's error for that constraint, and nothing is written.
        """
        ...

    async def write(self, work: Work[T], *, steady: bool = False) -> T:
        """Run a unit of work and commit it.

        With ``steady`` what it reads is of one moment, and nobody else has changed what it writes
        since then, or it is run again.
        """
        ...

    async def read(self, work: Work[T], *, quick: bool = False) -> T:
        """Run a unit that only reads; on SQLite it does not wait for the writer.

        With ``quick`` it reads a few rows by their keys: on SQLite that takes less than to hand it
        to the thread that reads.
        """
        ...

    def sideline(self) -> Sideline:
        """A connection of its own for the thread that asks; it connects when it is used."""
        ...

    def changes(self) -> AsyncIterator[str | None]:
        """Tenants whose settings changed in any process, ``None`` for "any of them may have".

        ``None`` is the first: from then on no change is missed, and what was read before may be
        out of date.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and close."""
        ...
