"""A step inside: one unit of work, read in one round trip and written in one, put on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from carteiro.errors import CarteiroError
from carteiro.flows.account.inside import Bearer, Inside, enter
from carteiro.flows.account.told import Change, notices_of, writes_of
from carteiro.flows.guards.anew import anew
from carteiro.flows.guards.attempts import Guarded
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.asked import Asked
from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.people import bearers
from carteiro.storage.tenancy import hooks, logs
from carteiro.verification.redeem import Overtaken

T = TypeVar("T")
_log = structlog.get_logger("carteiro.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[T]):
    """What a step comes to: an answer, and what is written for it.

    ``refusal`` is told to the person once everything is committed: what was counted stays.
    """

    answer: T
    change: Change | None = None
    notices: Sequence[TemplateType] = ()
    """What the person is told of by mail beside the ``change``."""
    calls: Sequence[Call] = ()
    guarded: Sequence[Guarded] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    refusal: CarteiroError | None = None


async def look(
    bearer: Bearer,
    work: Callable[[Inside], Awaitable[T]],
    *,
    asks: Sequence[Question] = (),
) -> T:
    """Look at the account. Raises as ``enter``, and what ``work`` refuses."""
    workspace = await bearer.world.workspaces.of(bearer.tenant_id)

    async def unit(tx: Transaction) -> T:
        asked = await _ahead(tx, bearer.asked(), _proofs(bearer), asks)
        return await work(await enter(bearer, asked, workspace))

    return await bearer.world.database.read(unit)


async def admitted(bearer: Bearer) -> Inside:
    """Who it is, where they may come in at all; its transaction is over. Raises as ``enter``."""

    async def work(inside: Inside) -> Inside:
        return inside

    return await look(bearer, work)


async def take(
    bearer: Bearer,
    action: str,
    work: Callable[[Inside], Awaitable[Taken[T]]],
    *,
    payload: Mapping[str, Any] | None = None,
    asks: Sequence[Question] = (),
) -> T:
    """Take a step that changes something, once.

    ``action`` is what the audit log calls it, behind ``Account.``; ``asks`` is what the step is
    going to ask. Raises as ``enter``, and what the step refuses.
    """
    workspace = await bearer.world.workspaces.of(bearer.tenant_id)
    seen: list[Inside] = []
    ahead = [hooks.asked_listening(bearer.tenant_id), *asks]

    async def unit(tx: Transaction) -> Taken[T]:
        asked = await _ahead(tx, bearer.asked(locked=True), _proofs(bearer), ahead)
        inside = await enter(bearer, asked, workspace, locked=True)
        seen[:] = [inside]
        taken = await work(inside)
        await _write(inside, action, taken, payload or {})
        return taken

    try:
        taken = await anew(lambda: bearer.world.database.write(unit))
    except CarteiroError as error:
        if seen:
            await record(bearer, entry(seen[0], action, payload or {}, error))
        raise
    bearer.world.queue.wake()
    if taken.refusal is not None:
        raise taken.refusal
    return taken.answer


def entry(
    inside: Inside, action: str, payload: Mapping[str, Any], error: CarteiroError | None = None
) -> Call:
    """A step on record."""
    return logs.entry(
        inside.tenant_id,
        inside.by,
        f"Account.{action}",
        at=inside.now,
        payload=payload,
        error=error,
    )


async def record(bearer: Bearer, call: Call) -> None:
    """Put a refusal on record, in a unit of its own; the person is answered in any case."""
    try:
        await bearer.world.database.apply(call)
    except CarteiroError as problem:
        _log.warning("a step could not be recorded", code=problem.code)


def _proofs(bearer: Bearer) -> list[Question]:
    return [] if bearer.proof_id is None else [bearer.asked_proof(bearer.proof_id)]


async def _ahead(
    tx: Transaction, first: Question, proofs: Sequence[Question], asks: Sequence[Question]
) -> Transaction:
    """The transaction with the answers to all of it, from one round trip."""
    unique = {(q.statement, frozenset(q.arguments.items())): q for q in (first, *proofs, *asks)}
    questions = list(unique.values())
    if len(questions) == 1:
        return tx
    return Asked(tx, questions, await tx.ask(*questions))


def _standing(inside: Inside) -> Guarded:
    """What let the person in holds: another step may have ended it while this one waited."""
    proof_id = inside.proof.id if inside.proof else None
    return Guarded(bearers.still(inside.tenant_id, inside.bearer.value_hash, proof_id))


async def _write(
    inside: Inside, action: str, taken: Taken[Any], payload: Mapping[str, Any]
) -> None:
    said: dict[str, Any] = {**payload, **taken.payload}
    guarded = [_standing(inside), *taken.guarded]
    calls = [*(one.call for one in guarded), *taken.calls]
    jobs: list[Job] = []
    if taken.change is not None:
        changing, jobs = await writes_of(inside, taken.change)
        calls += changing
        said |= taken.change.on_record
    told = notices_of(inside, taken.notices)
    calls += told.calls
    jobs += told.jobs
    calls.append(entry(inside, action, said, taken.refusal))
    ended = await inside.tx.together(*calls)
    if not all(one.holds(value) for one, value in zip(guarded, ended, strict=False)):
        raise Overtaken
    await inside.tx.enqueue(*jobs)
