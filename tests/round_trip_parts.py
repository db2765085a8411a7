"""How often the database is asked: each statement of a unit is a round trip on PostgreSQL."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import pytest

from carteiro.storage.drivers import postgres
from carteiro.storage.drivers.statements import statement_of

_HERE = ContextVar("here", default=False)


def watch(monkeypatch: pytest.MonkeyPatch, *, applied: bool = False) -> list[str]:
    """The statements from now on, by name; what is written together is one.

    With ``applied`` also what is written without a unit, and all of it only of whoever calls this:
    what the service asks by itself meanwhile is not counted.
    """
    seen: list[str] = []

    def counting(kind: type, verb: str) -> None:
        original = getattr(kind, verb)

        async def counted(self: Any, name: Any, /, *rest: Any, **arguments: Any) -> Any:
            if applied and not _HERE.get():
                pass
            elif verb in {"together", "apply"}:
                seen.append("+".join(call.name for call in (name, *rest)))
            elif verb == "ask":
                seen.append("?".join(statement_of(one.statement).name for one in (name, *rest)))
            else:
                seen.append(name if isinstance(name, str) else name.name)
            return await original(self, name, *rest, **arguments)

        monkeypatch.setattr(kind, verb, counted)

    for verb in ("one", "all", "run", "together", "ask"):
        counting(postgres.PostgresTransaction, verb)
    if applied:
        _HERE.set(True)
        counting(postgres.PostgresDatabase, "apply")
    return seen
