"""A form is worked on once: sent twice, it leads where it led the first time.

Whoever clicks twice, reloads or sends a form again from a page that the browser kept neither gets
two mails nor uses up a code twice. What counts as the same is the form with all that is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.door.guests import Guest, language_of
from carteiro.flows.sign_in.provider.interactions import step
from carteiro.flows.sign_in.screens.identifiers import plain
from carteiro.flows.sign_in.screens.shown import Shown, shown_of, spoken_in
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.oidc.errors import SessionNotFound
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import screens
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.storage.sign_in.screens import ScreenRow

_UNDER_WAY = 30_000
"""Milliseconds for which a form counts as being worked on: then its process has died of it."""
_LONGEST = 256
_LOOKS = 60
_PAUSE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """Where a form has led: a path of ours without its query, or a whole address.

    ``state`` is what the pages remember from now on, ``browser`` what the browser is known by.
    """

    to: str
    state: ScreenState
    browser: str | None = field(default=None, repr=False)


Work = Callable[[Shown], Awaitable[Went]]


async def once(guest: Guest, submission: str, work: Work) -> Went:
    """Do what a form asks for, unless it was done. ``submission`` tells this form from others.

    Raises ``SessionNotFound``, and what ``work`` raises.
    """
    for _ in range(_LOOKS):
        claimed = await _claim(guest, submission)
        if isinstance(claimed, Went):
            return claimed
        if claimed is not None:
            return await _done(guest, submission, claimed, work)
        await asyncio.sleep(_PAUSE)
    raise SessionNotFound


async def astray(guest: Guest, here: str, typed: str) -> None:
    """A form of the page ``here`` came that is not of this interaction: nothing of it is done.

    What was ``typed`` into it as an identifier is not lost, and the page says that it begins anew.
    Raises ``SessionNotFound``.
    """

    async def unit(tx: Transaction, interaction: Interaction) -> None:
        row = await screens.get(tx, guest.tenant_id, interaction.uid, guest.world.clock.now())
        if row is None:
            raise SessionNotFound
        state = ScreenState.from_wire(row.remembered)
        kept = replace(state, typed=plain(typed)[:_LONGEST] or state.typed)
        said = kept.saying(here, toast=Said("own.started_anew")).to_wire()
        await screens.save(tx, guest.tenant_id, interaction.uid, said)

    await step(guest.world, guest.tenant_id, guest.uid, unit)


async def _claim(guest: Guest, submission: str) -> ScreenRow | Went | None:
    """What stands there, claimed; where it led; ``None`` while somebody works on it."""
    now = guest.world.clock.now()

    async def unit(tx: Transaction, interaction: Interaction) -> ScreenRow | Went | None:
        row = await screens.get(tx, guest.tenant_id, interaction.uid, now)
        if row is None:
            raise SessionNotFound
        state = ScreenState.from_wire(row.remembered)
        if state.submission == submission:
            if state.outcome is not None:
                return Went(to=state.outcome, state=state)
            if now - state.begun_at < _UNDER_WAY:
                return None
        claimed = replace(state, submission=submission, begun_at=now, outcome=None).to_wire()
        await screens.save(tx, guest.tenant_id, interaction.uid, claimed)
        return replace(row, remembered=claimed)

    return await step(guest.world, guest.tenant_id, guest.uid, unit)


async def _done(guest: Guest, submission: str, row: ScreenRow, work: Work) -> Went:
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    tag = language_of(guest, row.interaction, workspace)["tag"]
    spoken = await spoken_in(guest.world, workspace, tag)
    shown = shown_of(row, workspace, spoken, guest.world.clock.now())
    try:
        went = await work(shown)
    except (CarteiroError, asyncio.CancelledError):
        await asyncio.shield(_store(guest, submission, replace(shown.state, begun_at=0)))
        raise
    await _store(guest, submission, replace(went.state, outcome=went.to))
    return went


async def _store(guest: Guest, submission: str, state: ScreenState) -> None:
    """Remember it, unless the person has gone on with another form meanwhile."""

    async def unit(tx: Transaction, interaction: Interaction) -> None:
        row = await screens.get(tx, guest.tenant_id, interaction.uid, guest.world.clock.now())
        if row is not None and row.remembered.get("submission") == submission:
            stored = replace(state, submission=submission).to_wire()
            await screens.save(tx, guest.tenant_id, interaction.uid, stored)

    await step(guest.world, guest.tenant_id, guest.uid, unit)
