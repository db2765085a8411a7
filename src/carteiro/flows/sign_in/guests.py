"""One call of a person at the door: a step on the locked interaction, put on record as it commits.

A step gets what is known and says what it comes to: an answer, the record as it is to be, and what
else is written with it. All of that, the entry of the audit log and the webhooks are one write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, TypeVar

import structlog

from carteiro.delivery.hands import turns
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import CarteiroError
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.settings import DoorSettings
from carteiro.flows.sign_in.interactions import look, step
from carteiro.flows.sign_in.told import Occasion, Told, bodies
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.drivers.job import Job, Kind
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.interactions import Interaction, saving
from carteiro.storage.tenancy import logs
from carteiro.verification.redeem import Overtaken

T = TypeVar("T")
_AGAIN = 10
"""How often a step is taken anew because others overtook it."""
_log = structlog.get_logger("carteiro.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who calls: the browser with its interaction. ``browser`` is the cookie of known browsers."""

    world: World
    tenant_id: str
    origin: str
    uid: str
    by: Actor
    locales: Sequence[str] = ()
    accept_language: str | None = None
    browser: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What a step works on, while nobody else does."""

    guest: Guest
    tx: Transaction
    interaction: Interaction
    record: InteractionRecord
    settings: DoorSettings
    workspace: Workspace
    now: int

    @property
    def world(self) -> World:
        """The opened world."""
        return self.guest.world

    @property
    def tenant_id(self) -> str:
        """Whose door it is."""
        return self.guest.tenant_id

    @property
    def by(self) -> Actor:
        """Who acts: a person, named as soon as they are identified."""
        return acting(self.guest, self.interaction, self.record)

    @property
    def told(self) -> dict[str, Any]:
        """What stands at the top of each webhook of this interaction."""
        return envelope(self.guest, self.interaction, self.record.event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[T]):
    """What a step comes to. Without a ``record`` the stored one stays.

    ``refusal`` is told to the person once everything is committed: what was counted or kept stays.
    ``saves`` is false where the record was stored by another statement among the ``calls``.
    """

    answer: T
    record: InteractionRecord | None = None
    calls: Sequence[Call] = ()
    told: Sequence[Told] = ()
    user: UserRow | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    refusal: CarteiroError | None = None
    saves: bool = True
    ends: bool = False
    """Whether the record is taken away: nothing of it is needed any more."""


Work = Callable[[Here], Awaitable[Taken[T]]]


async def take(
    guest: Guest, action: str, work: Work[T], *, payload: Mapping[str, Any] | None = None
) -> T:
    """Take one step, once.

    ``action`` is what the audit log calls it, behind ``Interaction.<event>.``. Raises
    ``SessionNotFound``, ``InteractionNotFound``, and whatever the step refuses.
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
        taken = await _again(guest, unit)
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
    if taken.told:
        guest.world.queue.wake()
    if taken.refusal is not None:
        raise taken.refusal
    return taken.answer


async def visited(guest: Guest) -> tuple[Interaction, InteractionRecord]:
    """The interaction as it stands. Raises ``SessionNotFound``, ``InteractionNotFound``."""
    interaction = await look(guest.world, guest.tenant_id, guest.uid)
    return interaction, InteractionRecord.from_wire(interaction.record)


def here_of(
    guest: Guest,
    tx: Transaction,
    interaction: Interaction,
    workspace: Workspace,
    record: InteractionRecord | None = None,
) -> Here:
    """Everything that a step needs to know."""
    return Here(
        guest=guest,
        tx=tx,
        interaction=interaction,
        record=record or InteractionRecord.from_wire(interaction.record),
        settings=door_settings(workspace),
        workspace=workspace,
        now=guest.world.clock.now(),
    )


def door_settings(workspace: Workspace) -> DoorSettings:
    """The tenant's settings as the rules at the door read them."""
    return DoorSettings.of(
        workspace.experience,
        has_email=workspace.email is not None,
        has_sms=workspace.sms is not None,
    )


def language_of(guest: Guest, interaction: Interaction, workspace: Workspace) -> dict[str, Any]:
    """The language of everything that is said in this interaction: decided once.

    The authorization request's ``ui_locales`` go before what the browser asks for.
    """
    if interaction.language is not None:
        return dict(interaction.language)
    decision = negotiate(
        ui_locales=interaction.params.get("ui_locales"),
        query_locales=guest.locales,
        accept_language=guest.accept_language,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
    return {name: value for name, value in asdict(decision).items() if value is not None}


def acting(guest: Guest, interaction: Interaction, record: InteractionRecord) -> Actor:
    """The person who calls, as the audit log and webhooks name them."""
    return replace(
        guest.by, application_id=interaction.client_id, user_id=record.user_id, at_door=True
    )


def envelope(guest: Guest, interaction: Interaction, event: InteractionEvent) -> dict[str, Any]:
    """The members that every webhook of an interaction has (management API §7.2)."""
    language = interaction.language or {}
    told = {
        "interactionEvent": event.value,
        "applicationId": interaction.client_id,
        "sessionId": guest.uid,
        "locale": language.get("tag"),
    }
    return {name: value for name, value in told.items() if value is not None}


async def begin_step(
    guest: Guest,
    tx: Transaction,
    interaction: Interaction,
    workspace: Workspace,
    record: InteractionRecord,
) -> None:
    """The first step: nothing of an earlier record counts any more."""
    here = here_of(guest, tx, interaction, workspace, record)
    await _write(here, "Create", Taken(answer=None, record=record), {})


async def record_captcha(
    guest: Guest, event: InteractionEvent, error: CarteiroError | None
) -> None:
    """Put on record how a captcha went; no token of it."""
    said = {} if error is None else {"errorMessage": error.message}
    entry = logs.entry(
        guest.tenant_id,
        replace(guest.by, at_door=True),
        "Interaction.Create.Captcha",
        at=guest.world.clock.now(),
        payload={"interactionEvent": event.value, "success": error is None, **said},
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


async def _again(
    guest: Guest, unit: Callable[[Transaction, Interaction], Awaitable[Taken[T]]]
) -> Taken[T]:
    for _ in range(_AGAIN - 1):
        try:
            return await step(guest.world, guest.tenant_id, guest.uid, unit)
        except Overtaken:
            continue
    return await step(guest.world, guest.tenant_id, guest.uid, unit)


async def _write(here: Here, action: str, taken: Taken[Any], payload: Mapping[str, Any]) -> None:
    guest, record = here.guest, taken.record or here.record
    calls = [*taken.calls]
    if taken.saves and (taken.record is not None or taken.ends):
        stored = None if taken.ends else record.to_wire()
        language = language_of(guest, here.interaction, here.workspace)
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
    jobs: list[Job] = []
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
    await here.tx.together(*calls)
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
