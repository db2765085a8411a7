"""Somebody comes by a magic link: they look at a page, and only then use it (experience §2.11).

Whatever opens links by itself (a scanner of mails, a preview) uses up none. What a link cannot do
any more, or not in this browser, a code to the same address can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import Identifier, IdentifierType, ProofType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.begin import begin, change_event
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.door.verify_by_token import verify_token
from carteiro.flows.sign_in.provider.magic_links import taken_out, turn_down
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.screens import onward, paths
from carteiro.flows.sign_in.screens.codes import mailed
from carteiro.flows.sign_in.screens.enter import ways
from carteiro.flows.sign_in.screens.identifiers import understood
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.paths import Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.flows.sign_in.screens.terms import must_agree
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.storage.sign_in.interactions import Prompt

TERMS = "terms"
"""The page asks a newcomer for the terms: the link is used, and its proof is kept."""
_HINT, _TOKEN = "login_hint", "one_time_token"
_REGISTER, _SIGN_IN = InteractionEvent.REGISTER, InteractionEvent.SIGN_IN


def waiting(shown: Shown) -> str | None:
    """The address whose link waits to be used."""
    given = shown.extras.given
    return given.get(_HINT) if given.get(_TOKEN) else None


def event_of(shown: Shown) -> InteractionEvent:
    """What the application has sent the person for."""
    return {
        paths.REGISTER: _REGISTER,
        paths.RESET_PASSWORD: InteractionEvent.FORGOT_PASSWORD,
    }.get(shown.extras.screen, _SIGN_IN)


def is_asked(shown: Shown) -> bool:
    """Whether an application waits to be let in by somebody who is signed in already."""
    return shown.interaction.prompt is Prompt.CONSENT


def takes_code(shown: Shown) -> bool:
    """Whether a code to the link's address signs in, too."""
    way = ways(shown).get(IdentifierType.EMAIL)
    return way is not None and way.code and bool(shown.extras.given.get(_HINT))


async def use(guest: Guest, shown: Shown, *, agreed: bool) -> Went:
    """Use the link and sign in, or register whoever has no account yet."""
    here, email = paths.ONE_TIME_TOKEN, waiting(shown)
    state = replace(shown.state, agreed=shown.state.agreed or agreed)
    if email is None:
        return _refused(state)
    if must_agree(shown, _SIGN_IN) and not agreed:
        return _unagreed(state, was_asked=True)
    state = replace(state, typed=email, identifier=Identifier(IdentifierType.EMAIL, email))
    try:
        event, proof = _proven(shown, email) or await _redeemed(guest, shown, email)
    except errors.OneTimeTokenError:
        await turn_down(_visit(guest), guest.uid)
        return _refused(state)
    except CarteiroError as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))
    may_register = agreed or not must_agree(shown, _REGISTER)
    if event is _REGISTER and not may_register:
        return _unagreed(state, was_asked=state.question == TERMS)
    return await _identified(guest, state, event, proof, may_register=may_register)


async def mail_code(guest: Guest, shown: Shown) -> Went:
    """A code to the link's address instead; where more is asked for that, on the first page."""
    email = shown.extras.given.get(_HINT, "")
    identifier = understood(email, [IdentifierType.EMAIL])
    asks_more = shown.settings.captcha or must_agree(shown, _SIGN_IN)
    if identifier is None or asks_more or not takes_code(shown):
        return await leave(guest, shown)
    await turn_down(_visit(guest), guest.uid)
    await begin(guest, _SIGN_IN)
    state = replace(shown.state, typed=email)
    return await mailed(guest, state, identifier, Flow.SIGN_IN, here=paths.SIGN_IN)


async def leave(guest: Guest, shown: Shown) -> Went:
    """Sign in in another way."""
    await turn_down(_visit(guest), guest.uid)
    return Went(to=paths.SIGN_IN, state=shown.state.quiet())


async def keep(guest: Guest, shown: Shown) -> Went:
    """Go on as whoever is signed in already."""
    await turn_down(_visit(guest), guest.uid)
    to = paths.CONSENT if is_asked(shown) else paths.SIGN_IN
    return Went(to=to, state=shown.state.quiet())


def _proven(shown: Shown, email: str) -> tuple[InteractionEvent, str] | None:
    """What the link has proven here before, and what for."""
    record = shown.record
    if record is None or record.submitted or record.user_id is not None:
        return None
    proof = record.proof_of(ProofType.ONE_TIME_TOKEN)
    if proof is None or not proof.verified or proof.identifier.value != email:
        return None
    return record.event, proof.id


async def _redeemed(guest: Guest, shown: Shown, email: str) -> tuple[InteractionEvent, str]:
    """Use the link for what it was made for; a link for something else stays good meanwhile."""
    token = taken_out(_visit(guest), shown.interaction.params).get(_TOKEN)
    if token is None:
        raise errors.TokenNotFound
    *others, last = _events(shown)
    for event in others:
        try:
            return event, await _begun(guest, event, email, token)
        except errors.TokenEventMismatch:
            continue
    return last, await _begun(guest, last, email, token)


async def _begun(guest: Guest, event: InteractionEvent, email: str, token: str) -> str:
    await begin(guest, event)
    return await verify_token(guest, email, token)


def _events(shown: Shown) -> Sequence[InteractionEvent]:
    match event_of(shown):
        case InteractionEvent.FORGOT_PASSWORD as only:
            return [only]
        case InteractionEvent.REGISTER:
            return [_REGISTER, _SIGN_IN]
        case _:
            return [_SIGN_IN, _REGISTER]


async def _identified(
    guest: Guest, state: ScreenState, event: InteractionEvent, proof: str, *, may_register: bool
) -> Went:
    try:
        try:
            return await _done(guest, state, proof)
        except errors.UserNotExist:
            if event is not _SIGN_IN:
                return _refused(state)
            if not may_register:
                return _unagreed(state, was_asked=state.question == TERMS)
            await change_event(guest, _REGISTER)
        except errors.EmailInUse:
            await change_event(guest, _SIGN_IN)
        return await _done(guest, state, proof)
    except CarteiroError as error:
        return onward.past(state, error, paths.ONE_TIME_TOKEN)


async def _done(guest: Guest, state: ScreenState, proof: str) -> Went:
    went = await onward.identified(guest, state, proof)
    await turn_down(_visit(guest), guest.uid)
    return went


def _refused(state: ScreenState) -> Went:
    return Went(to=paths.TOKEN_ERROR, state=state.quiet())


def _unagreed(state: ScreenState, *, was_asked: bool) -> Went:
    here = paths.ONE_TIME_TOKEN
    said = {"terms": Said("error.terms_acceptance_required_description")} if was_asked else {}
    return Went(to=here, state=state.saying(here, question=TERMS, wrong=said))


def _visit(guest: Guest) -> Visit:
    return Visit(world=guest.world, tenant_id=guest.tenant_id, origin=guest.origin, by=guest.by)
