"""Somebody makes an account: an identifier first, then its proof or a password."""

from __future__ import annotations

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.experience.settings import Missing, SignInMode
from carteiro.flows.sign_in.door.begin import begin
from carteiro.flows.sign_in.door.complete_profile import set_password, set_username
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import onward, paths
from carteiro.flows.sign_in.screens.codes import mailed
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.passwords import refused, unfit
from carteiro.flows.sign_in.screens.paths import Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.typed import Typed, understand
from carteiro.flows.sign_in.screens.words import words_for

_NAME = (errors.UsernameRefused, errors.UsernameInUse)


def kinds(shown: Shown) -> list[IdentifierType]:
    """With what people register here; nothing where they do not."""
    if shown.settings.mode is SignInMode.SIGN_IN:
        return []
    return [IdentifierType(name) for name in shown.experience["signUp"]["identifiers"]]


async def begin_account(guest: Guest, shown: Shown, typed: Typed) -> Went:
    """Take the identifier of a new account, and send a code to it where it is an address."""
    here = typed.here
    seen = understand(shown, typed, InteractionEvent.REGISTER)
    if isinstance(seen, Went):
        return seen
    state, identifier = seen
    try:
        await begin(guest, InteractionEvent.REGISTER, captcha_token=typed.captcha)
        if identifier.type is not IdentifierType.USERNAME:
            return await mailed(guest, state, identifier, Flow.REGISTER, here=here)
        await set_username(guest, identifier.value)
        if Missing.PASSWORD in shown.settings.asked:
            return Went(to=paths.REGISTER_PASSWORD, state=state)
        return await onward.identified(guest, state, None)
    except _NAME as error:
        return Went(to=here, state=state.saying(here, identifier=words_for(error)))
    except CarteiroError as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))


async def choose_password(guest: Guest, shown: Shown, password: str, again: str | None) -> Went:
    """Take the password of a new account, and make it."""
    state, here = shown.state, paths.REGISTER_PASSWORD
    wrong = unfit(password, again)
    if wrong:
        return Went(to=here, state=state.saying(here, wrong=wrong))
    try:
        await set_password(guest, password)
        return await onward.identified(guest, state, None)
    except _NAME as error:
        said = words_for(error)
        return Went(to=paths.REGISTER, state=state.saying(paths.REGISTER, identifier=said))
    except CarteiroError as error:
        wrong = refused(error) or {}
        toast = None if wrong else words_for(error)
        return Went(to=here, state=state.saying(here, toast=toast, wrong=wrong))
