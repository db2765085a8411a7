"""Somebody is at the door: the interaction begins, turns into another, or is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carteiro.errors import CaptchaFailed
from carteiro.experience.identify import require_event
from carteiro.experience.record import Captcha, InteractionEvent, InteractionRecord, PendingProfile
from carteiro.flows.guards.captcha import verify_captcha
from carteiro.flows.sign_in.door.guests import Guest, Here, visited
from carteiro.flows.sign_in.door.steps import Taken, begin_step, record_captcha, take
from carteiro.flows.sign_in.provider.interactions import look, step
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in.interactions import Interaction


async def begin(guest: Guest, event: InteractionEvent, *, captcha_token: str | None = None) -> None:
    """Begin, whatever was before. Raises ``SessionNotFound``, ``CaptchaFailed``."""
    verified = False
    if captcha_token is not None:
        verified = await _verified(guest, event, captcha_token)
    record = InteractionRecord(event=event, captcha=Captcha(verified=verified))
    workspace = await guest.world.workspaces.of(guest.tenant_id)

    async def unit(tx: Transaction, interaction: Interaction) -> None:
        await begin_step(guest, tx, interaction, workspace, record)

    await step(guest.world, guest.tenant_id, guest.uid, unit)


async def change_event(guest: Guest, event: InteractionEvent) -> None:
    """Sign in instead of registering, or the other way round; what is proven stays proven.

    Raises ``Forbidden``, ``NotSupportedForForgotPassword``.
    """

    async def work(here: Here) -> Taken[None]:
        require_event(here.record, event, here.settings)
        if event is here.record.event:
            return Taken(answer=None)
        kept = PendingProfile(submitted=here.record.profile.submitted)
        return Taken(answer=None, record=replace(here.record, event=event, profile=kept))

    await take(guest, "Update", work, payload={"payload": {"interactionEvent": event.value}})


async def show(guest: Guest) -> dict[str, Any]:
    """The interaction as the person's browser may see it."""
    _, record = await visited(guest)
    return record.shown()


async def _verified(guest: Guest, event: InteractionEvent, token: str) -> bool:
    interaction = await look(guest.world, guest.tenant_id, guest.uid)
    try:
        await verify_captcha(guest.world, guest.tenant_id, token, guest.by.ip)
    except CaptchaFailed as problem:
        await record_captcha(guest, interaction, event, problem)
        raise CaptchaFailed from None
    await record_captcha(guest, interaction, event, None)
    return True
