"""After each step: signed in, or the page that asks for what is still missing."""

from __future__ import annotations

from dataclasses import replace

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.door.identify import identify
from carteiro.flows.sign_in.door.submit import submit
from carteiro.flows.sign_in.screens import paths
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.flows.sign_in.screens.words import words_for

_FACTORS = ("EmailVerificationCode", "PhoneVerificationCode")


async def identified(guest: Guest, state: ScreenState, proof_id: str | None) -> Went:
    """Say who one is by a proof, and go on.

    Raises what only the page that asked can answer: ``UserNotExist``, ``EmailInUse`` and its kin,
    and what refuses the proof.
    """
    try:
        event = await identify(guest, proof_id)
    except (errors.MissingProfile, errors.UserSuspended, errors.CaptchaRequired) as error:
        return detour(state, error)
    if event is InteractionEvent.FORGOT_PASSWORD:
        return Went(to=paths.RESET, state=state.quiet())
    return await finished(guest, state)


async def finished(guest: Guest, state: ScreenState) -> Went:
    """Sign the person in, or show what they have to do before. Raises what no page can mend."""
    try:
        submitted = await submit(guest)
    except CarteiroError as error:
        return detour(state, error)
    if submitted.redirect_to is None:
        done = replace(ScreenState(typed=state.typed), submission=state.submission)
        return Went(
            to=paths.SIGN_IN,
            state=done.saying(paths.SIGN_IN, toast=Said("description.password_changed")),
        )
    return Went(to=submitted.redirect_to, state=state.quiet(), browser=submitted.browser)


async def added(guest: Guest, record: InteractionRecord | None, state: ScreenState) -> Went:
    """Go on once something was added to the account, or to the one that is to be made."""
    if record is not None and record.event is InteractionEvent.REGISTER:
        return await identified(guest, state, None)
    return await finished(guest, state)


def past(state: ScreenState, error: CarteiroError, here: str) -> Went:
    """The page that gives what is missing, or the page ``here`` again with what went wrong."""
    try:
        return detour(state, error)
    except CarteiroError:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))


def detour(state: ScreenState, error: CarteiroError) -> Went:
    """The page that gives what an error says is missing; any other error is raised again."""
    match error:
        case errors.MissingProfile():
            return Went(
                to=paths.continue_with(_first(error, "missingProfile")), state=state.quiet()
            )
        case errors.MfaVerificationRequired():
            return _factor(paths.MFA_VERIFICATION, state, error)
        case errors.MissingMfa():
            return _factor(paths.MFA_BINDING, state, error)
        case errors.SuggestMfa():
            return Went(to=paths.MFA_ONBOARDING, state=state.quiet())
        case errors.SuggestAdditionalMfa():
            return Went(to=paths.MFA_BINDING, state=_noted(state, error))
        case errors.NewPasswordRequired():
            return Went(to=paths.RESET, state=state.quiet())
        case errors.UserSuspended():
            return Went(to=paths.SUSPENDED, state=state.quiet())
        case errors.IdentifierNotFound() | errors.InteractionNotFound() | errors.CaptchaRequired():
            said = words_for(error)
            if not isinstance(error, errors.CaptchaRequired):
                said = Said("own.started_anew")
            return Went(to=paths.SIGN_IN, state=state.saying(paths.SIGN_IN, toast=said))
        case _:
            raise error


def _factor(path: str, state: ScreenState, error: CarteiroError) -> Went:
    """The page of the one factor that there is, or the one where people choose."""
    data = error.data if isinstance(error.data, dict) else {}
    ours = [one for one in data.get("availableFactors", ()) if one in _FACTORS]
    to = f"{path}/{ours[0]}" if len(ours) == 1 else path
    return Went(to=to, state=_noted(state, error))


def _noted(state: ScreenState, error: CarteiroError) -> ScreenState:
    """What the error knows of factors and masked addresses, for the page."""
    data = error.data if isinstance(error.data, dict) else {}
    return replace(state.quiet(), notes={**state.notes, "mfa": data})


def _first(error: CarteiroError, name: str) -> str:
    data = error.data if isinstance(error.data, dict) else {}
    return str(next(iter(data.get(name, ())), "extraProfile"))
