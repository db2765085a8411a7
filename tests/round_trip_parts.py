"""How often the database is asked: what goes over the wire to PostgreSQL, by name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from asyncpg import Connection

from carteiro.storage.drivers import postgres
from carteiro.storage.drivers.statements import statement_of

_HERE = ContextVar("_HERE", default=False)
_NAMES: dict[str, str] = {}
"""Of statements that have been put together, by their text."""
_ENDS = ("BEGIN", "COMMIT", "ROLLBACK")


@contextmanager
def here() -> Iterator[None]:
    """What is asked in this task, and in those that it starts, counts."""
    token = _HERE.set(True)
    try:
        yield
    finally:
        _HERE.reset(token)


async def hear_nothing(database: Any) -> AsyncIterator[str | None]:
    """The changes of other processes, which there are none of."""
    await asyncio.Event().wait()
    yield None


def watch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The round trips from now on that are made ``here``, by their statements' names.

    What goes together is one. ``BEGIN`` and ``COMMIT`` are not counted. The test uses the fixture
    ``unheard``: notice of a change that comes late has what was kept read anew, and counted.
    """
    assert postgres.PostgresDatabase.changes is hear_nothing, "the test doesn't use `unheard`"
    seen: list[str] = []

    def naming(which: str, joint: str) -> None:
        original = getattr(postgres, which)

        def named(parts: tuple[Any, ...]) -> str:
            text: str = original(parts)
            _NAMES[text] = joint.join(statement_of(part).name for part in parts)
            return text

        monkeypatch.setattr(postgres, which, named)

    def bound(which: Any, arguments: Any) -> tuple[Any, ...]:
        found = simple(which, arguments)
        _NAMES[found[0]] = statement_of(which).name
        return found

    simple = postgres._bound
    monkeypatch.setattr(postgres, "_bound", bound)
    for which, joint in (("together", "+"), ("answering", "+"), ("asking", "?")):
        naming(which, joint)

    def counting(verb: str) -> None:
        original = getattr(Connection, verb)

        async def counted(self: Any, query: str, *rest: Any, **options: Any) -> Any:
            if _HERE.get() and not query.startswith(_ENDS):
                seen.append(_NAMES.get(query, query))
            return await original(self, query, *rest, **options)

        monkeypatch.setattr(Connection, verb, counted)

    for verb in ("fetch", "fetchrow", "execute", "executemany"):
        counting(verb)
    return seen
