"""Somebody says who they are, and signs in by a code or a password, whichever comes first here."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.experience.settings import SignInMode
from carteiro.flows.sign_in.door.begin import begin
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.door.verify_by_password import verify_password
from carteiro.flows.sign_in.screens import onward, paths
from carteiro.flows.sign_in.screens.codes import begun, mailed
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.paths import Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.flows.sign_in.screens.typed import Typed, understand
from carteiro.flows.sign_in.screens.words import words_for

EXPIRED = "password_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How somebody signs in whose identifier is of one kind."""

    password: bool
    code: bool
    password_first: bool


def ways(shown: Shown) -> dict[IdentifierType, Way]:
    """The ways to sign in, by the kind of identifier; nothing where people only register."""
    if shown.settings.mode is SignInMode.REGISTER:
        return {}
    found = {}
    for one in shown.experience["signIn"]["methods"]:
        password, code = one["password"], one["verificationCode"]
        first = password and (one["isPasswordPrimary"] or not code)
        found[IdentifierType(one["identifier"])] = Way(
            password=password, code=code, password_first=first
        )
    return found


def way_of(shown: Shown) -> Way | None:
    """The ways that whoever was named here has."""
    identifier = shown.state.identifier
    return None if identifier is None else ways(shown).get(identifier.type)


def takes_password(shown: Shown) -> bool:
    """Whether the password is asked for beside the identifier: nobody has another way."""
    known = ways(shown)
    return bool(known) and not any(way.code for way in known.values())


async def enter(guest: Guest, shown: Shown, typed: Typed, password: str | None) -> Went:
    """Take the identifier, with a ``password`` where the page asks for one."""
    here = typed.here
    # A password that was typed beside it would be lost to a question.
    seen = understand(shown, typed, InteractionEvent.SIGN_IN, doubting=password is None)
    if isinstance(seen, Went):
        return seen
    state, identifier = seen
    if password == "":
        return Went(to=here, state=state.saying(here, password=Said("error.password_required")))
    try:
        await begin(guest, InteractionEvent.SIGN_IN, captcha_token=typed.captcha)
    except errors.CaptchaFailed as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))
    if password is not None:
        return await _by_password(guest, state, identifier, password, here=here)
    if ways(shown)[identifier.type].password_first:
        return Went(to=paths.SIGN_IN_PASSWORD, state=state)
    return await mailed(guest, state, identifier, Flow.SIGN_IN, here=here)


async def give_password(guest: Guest, shown: Shown, password: str) -> Went:
    """Take the password of whoever was named on the page before."""
    state, here = shown.state, paths.SIGN_IN_PASSWORD
    identifier = state.identifier
    if identifier is None:
        return Went(to=paths.SIGN_IN, state=state.quiet())
    if not password:
        return Went(to=here, state=state.saying(here, password=Said("error.password_required")))
    await begun(guest, shown, InteractionEvent.SIGN_IN)
    return await _by_password(guest, state, identifier, password, here=here)


async def _by_password(
    guest: Guest, state: ScreenState, identifier: Identifier, password: str, *, here: str
) -> Went:
    try:
        proof = await verify_password(guest, identifier, password)
        return await onward.identified(guest, state, proof)
    except errors.PasswordExpired:
        return Went(to=here, state=state.saying(here, question=EXPIRED))
    except errors.UserSuspended:
        return Went(to=paths.SUSPENDED, state=state.quiet())
    except errors.InvalidCredentials as error:
        return Went(to=here, state=state.saying(here, password=words_for(error)))
    except CarteiroError as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))
