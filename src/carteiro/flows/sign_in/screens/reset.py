"""Somebody has forgotten their password: a code, then a new one."""

from __future__ import annotations

from carteiro.errors import CarteiroError
from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.begin import begin
from carteiro.flows.sign_in.door.complete_profile import reset_password
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import onward, paths
from carteiro.flows.sign_in.screens.codes import mailed
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.passwords import refused, unfit
from carteiro.flows.sign_in.screens.paths import Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.typed import Typed, understand
from carteiro.flows.sign_in.screens.words import words_for


def kinds(shown: Shown) -> list[IdentifierType]:
    """By what a forgotten password is reset here."""
    return [IdentifierType(name) for name, on in shown.experience["forgotPassword"].items() if on]


async def ask_for_reset(guest: Guest, shown: Shown, typed: Typed) -> Went:
    """Send a code to whoever it may be: what is answered is the same for everybody."""
    here = typed.here
    seen = understand(shown, typed, InteractionEvent.FORGOT_PASSWORD)
    if isinstance(seen, Went):
        return seen
    state, identifier = seen
    try:
        await begin(guest, InteractionEvent.FORGOT_PASSWORD, captcha_token=typed.captcha)
        return await mailed(guest, state, identifier, Flow.FORGOT_PASSWORD, here=here)
    except CarteiroError as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))


async def choose_new(guest: Guest, shown: Shown, password: str) -> Went:
    """Take the new password; then the person signs in with it."""
    state, here = shown.state, paths.RESET
    wrong = unfit(password, None)
    if wrong:
        return Went(to=here, state=state.saying(here, wrong=wrong))
    try:
        await reset_password(guest, password)
        return await onward.finished(guest, state)
    except CarteiroError as error:
        wrong = refused(error) or {}
        if wrong:
            return Went(to=here, state=state.saying(here, wrong=wrong))
        start = paths.FORGOT_PASSWORD
        return Went(to=start, state=state.saying(start, toast=words_for(error)))
