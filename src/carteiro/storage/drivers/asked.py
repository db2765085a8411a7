"""A unit of work that has some of its answers before it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.drivers.statements import Statement, statement_of

Asks = Callable[[], Sequence[Question]]
"""What is going to be asked; it is only made out where that saves a round trip."""


def nothing() -> Sequence[Question]:
    """What is asked ahead where nothing is known."""
    return ()


async def asked(tx: Transaction, asks: Asks) -> Transaction:
    """Ask in one round trip what is going to be asked; the transaction that has the answers."""
    questions = asks() if tx.is_far else ()
    return Asked(tx, questions, await tx.ask(*questions)) if questions else tx


class Asked:
    """A transaction whose ``answers`` are given once, to who asks just these questions.

    Whatever else is asked, and asked again, is a round trip as ever: an answer can only save one.
    """

    is_far = True

    def __init__(
        self, tx: Transaction, questions: Sequence[Question], answers: Sequence[list[Row]]
    ) -> None:
        self._tx = tx
        self._answers: dict[_Key, list[Row]] = {}
        for question, rows in zip(questions, answers, strict=True):
            if question.serves is None:
                self._answers[_key(question.statement, question.arguments)] = rows
                continue
            for row in rows:
                self._answers[_served(question.serves, question.arguments, row)] = [row]

    async def one(self, name: str | Statement, /, **arguments: Any) -> Row | None:
        rows = self._answers.pop(_key(name, arguments), None)
        if rows is None:
            return await self._tx.one(name, **arguments)
        return rows[0] if rows else None

    async def all(self, name: str | Statement, /, **arguments: Any) -> list[Row]:
        rows = self._answers.pop(_key(name, arguments), None)
        return await self._tx.all(name, **arguments) if rows is None else rows

    async def run(self, name: str, /, **arguments: Any) -> int:
        return await self._tx.run(name, **arguments)

    async def put(self, *calls: Call) -> None:
        await self._tx.put(*calls)

    async def together(self, *calls: Call) -> list[Any]:
        return await self._tx.together(*calls)

    async def ask(self, *questions: Question) -> list[list[Row]]:
        return await self._tx.ask(*questions)

    async def enqueue(self, *jobs: Job) -> None:
        await self._tx.enqueue(*jobs)

    async def changed(self, tenant_id: str) -> None:
        await self._tx.changed(tenant_id)


_Key = tuple[str, frozenset[Any]]


def _served(name: str, given: Mapping[str, Any], row: Row) -> _Key:
    """What a row answers: the columns are its arguments, and what is no column is as given."""
    columns = row.keys()
    wanted = statement_of(name).arguments
    return _key(name, {key: row[key] if key in columns else given[key] for key in wanted})


def _key(which: str | Statement, arguments: Mapping[str, Any]) -> _Key:
    return statement_of(which).name, frozenset(arguments.items())
