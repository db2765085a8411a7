"""Who lives: a row for each process that sends, renewed every few seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carteiro.storage.drivers.database import Call, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """A process; ``kind`` is ``serve``, ``worker`` or ``command``.

    ``drove_at`` is when it last had a message of the queue in hand (milliseconds).
    """

    id: str
    kind: str
    host: str
    pid: int
    started_at: int
    drove_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProcess(ProcessRow):
    """The same, with when it was last seen (milliseconds)."""

    seen_at: int


def seen(process: ProcessRow, *, now: int) -> Call:
    """It lives."""
    return Call("processes.seen", {**asdict(process), "now": now})


def gone(id: str) -> Call:  # noqa: A002 - the column's name
    """It ends in good order."""
    return Call("processes.gone", {"id": id})


async def alive(tx: Transaction, *, since: int) -> list[SeenProcess]:
    """Those that were seen since a time."""
    rows = await tx.all("processes.list", since=since)
    return [SeenProcess(**{name: row[name] for name in _FIELDS}) for row in rows]


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` rows of processes that are long gone."""
    return await tx.run("processes.discard", before=before, batch=batch)


_FIELDS = ("id", "kind", "host", "pid", "started_at", "drove_at", "seen_at")
