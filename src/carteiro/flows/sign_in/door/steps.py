"""A step at the door: one unit of work on the locked interaction, put on record as it commits.

A step gets what is known and says what it comes to: an answer, the record as it is to be, and what
else is written with it. All of that, the entry of the audit log and the webhooks are one write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import CarteiroError, TooManyAttempts
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.flows.guards.anew import anew
from carteiro.flows.guards.attempts import Guarded
from carteiro.flows.sign_in.door.guests import Guest, Here, acting, here_of, language_of
from carteiro.flows.sign_in.door.told import Occasion, Told, bodies
from carteiro.flows.sign_in.provider.interactions import step
from carteiro.model import turns
from carteiro.storage.drivers.asked import Asks, nothing
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.drivers.job import Job, Kind
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.interactions import Interaction, beginning, clearing, saving
from carteiro.storage.tenancy import logs
from carteiro.verification.redeem import Overtaken

T = TypeVar("T")
_log = structlog.get_logger("carteiro.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[T]):
    """What a step comes to. Without a ``record`` the stored one stays.

    ``refusal`` is told to the person once everything is committed: what was counted or kept stays.
    ``saves`` is false where the record was stored by another statement among the ``calls``.
    """

    answer: T
    record: InteractionRecord | None = None
    calls: Sequence[Call] = ()
    guarded: Sequence[Guarded] = ()
    told: Sequence[Told] = ()
    jobs: Sequence[Job] = ()
    """Of what the ``calls`` put into the queue."""
    user: UserRow | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    refusal: CarteiroError | None = None
    saves: bool = True
    ends: bool = False
    """Whether the record is taken away: nothing of it is needed any more."""


Work = Callable[[Here], Awaitable[Taken[T]]]


async def take(
    guest: Guest,
    action: str,
    work: Work[T],
    *,
    payload: Mapping[str, Any] | None = None,
    asks: Asks = nothing,
) -> T:
    """Take one step, once.

    ``action`` is what the audit log calls it, behind ``Interaction.<event>.``; ``asks`` is
    what the step is going to ask. Raises ``SessionNotFound``, ``InteractionNotFound``, and whatever
    the step refuses.
    """
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    seen: list[Here] = []

    async def unit(tx: Transaction, interaction: Interaction) -> Taken[T]:
        here = here_of(guest, tx, interaction, workspace)
        seen[:] = [here]
        taken = await work(here)
        await _write(here, action, taken, payload or {})
        return taken

    try:
        taken = await anew(lambda: step(guest.world, guest.tenant_id, guest.uid, unit, asks=asks))
    except CarteiroError as error:
        if seen:
            entry = _entry(
                guest,
                seen[0].interaction,
                seen[0].record,
                action,
                payload=payload or {},
                error=error,
            )
            await _record(guest, entry)
        raise
    if taken.told or taken.jobs or isinstance(taken.refusal, TooManyAttempts):
        # Hooks are told of a lock-out by the guard itself, in the same unit.
        guest.world.queue.wake()
    if taken.refusal is not None:
        raise taken.refusal
    return taken.answer


async def begin_step(
    guest: Guest,
    tx: Transaction,
    interaction: Interaction,
    workspace: Workspace,
    record: InteractionRecord,
) -> None:
    """The first step: nothing of an earlier record counts any more, nor that it was submitted."""
    here = here_of(guest, tx, interaction, workspace, record)
    language = language_of(guest, interaction, workspace)
    begun = beginning(guest.tenant_id, guest.uid, record.to_wire(), language=language)
    taken = Taken(answer=None, record=record, calls=[begun], saves=False)
    await _write(here, "Create", taken, {"language": language})


async def record_captcha(
    guest: Guest,
    interaction: Interaction,
    event: InteractionEvent,
    error: CarteiroError | None,
) -> None:
    """Put on record how a captcha went; no token of it."""
    said = {} if error is None else {"errorMessage": error.message}
    entry = logs.entry(
        guest.tenant_id,
        guest.by.acting(application_id=interaction.client_id, user_id=None, at_door=True),
        "Interaction.Create.Captcha",
        at=guest.world.clock.now(),
        payload={
            "interactionId": guest.uid,
            "sessionId": guest.uid,
            "interactionEvent": event.value,
            "success": error is None,
            **said,
        },
        error=error,
    )
    await _record(guest, entry)


@asynccontextmanager
async def watched(
    guest: Guest,
    interaction: Interaction,
    record: InteractionRecord,
    action: str,
    payload: Mapping[str, Any],
) -> AsyncIterator[None]:
    """Put on record what is refused in here, before a step is taken."""
    try:
        yield
    except CarteiroError as error:
        await _record(
            guest, _entry(guest, interaction, record, action, payload=payload, error=error)
        )
        raise


async def _record(guest: Guest, entry: Call) -> None:
    try:
        await guest.world.database.apply(entry)
    except CarteiroError as problem:
        _log.warning("a step could not be recorded", code=problem.code)


async def _write(here: Here, action: str, taken: Taken[Any], payload: Mapping[str, Any]) -> None:
    guest, record = here.guest, taken.record or here.record
    calls = [*(one.call for one in taken.guarded), *taken.calls]
    language = language_of(guest, here.interaction, here.workspace)
    if taken.ends:
        calls.append(clearing(here.tenant_id, guest.uid, language=language))
    elif taken.saves and taken.record is not None:
        stored = record.to_wire()
        stored.pop("submitted", None)
        calls.append(saving(here.tenant_id, guest.uid, stored, language=language))
    calls.append(
        _entry(
            guest,
            here.interaction,
            record,
            action,
            payload={**payload, **taken.payload},
            error=taken.refusal,
            user_id=taken.user.id if taken.user else None,
        )
    )
    jobs: list[Job] = [*taken.jobs]
    if taken.told:
        occasion = Occasion(
            tenant_id=here.tenant_id,
            by=here.by,
            at=here.now,
            envelope=here.told,
            user=taken.user,
        )
        for call in await bodies(here.tx, occasion, taken.told):
            calls.append(call)
            job = Job(
                kind=Kind.WEBHOOK,
                tenant_id=here.tenant_id,
                id=call.arguments["id"],
                priority=turns.of_webhook(here.now),
            )
            jobs.append(job)
    ended = await here.tx.together(*calls)
    if not all(one.holds(value) for one, value in zip(taken.guarded, ended, strict=False)):
        raise Overtaken
    await here.tx.enqueue(*jobs)


def _entry(
    guest: Guest,
    interaction: Interaction,
    record: InteractionRecord,
    action: str,
    *,
    payload: Mapping[str, Any],
    error: CarteiroError | None = None,
    user_id: str | None = None,
) -> Call:
    return logs.entry(
        guest.tenant_id,
        acting(guest, interaction, record),
        f"Interaction.{record.event.value}.{action}",
        at=guest.world.clock.now(),
        payload={
            "interactionId": guest.uid,
            "sessionId": guest.uid,
            **payload,
            "interaction": record.shown(),
        },
        error=error,
        user_id=user_id,
    )
