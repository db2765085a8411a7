"""A code is on its way, is typed, or is asked for again (experience API §5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionEvent
from carteiro.experience.settings import SignInMode
from carteiro.flows.sign_in.door.begin import begin, change_event
from carteiro.flows.sign_in.door.complete_profile import set_address
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.door.second_factor import bind_address
from carteiro.flows.sign_in.door.verify_by_code import send_code, verify_code
from carteiro.flows.sign_in.screens import onward
from carteiro.flows.sign_in.screens.identifiers import code_of
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.paths import EVENTS, SIGN_IN, Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.flows.sign_in.screens.terms import must_agree
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.verification.policy import LONGEST_CODE, SHORTEST_CODE, Alphabet, CodePolicy

RESEND_AFTER = 59_000
"""Milliseconds after which the page offers another code (§5.2)."""
_MOST_BOXES = 8
"""More do not fit side by side on a phone."""
CREATE, SIGN_IN_INSTEAD, NO_ACCOUNT, HAS_ACCOUNT = "create", "sign_in", "no_account", "has_account"
"""What a page asks or says in a dialog once a code was right."""
ASKED_ON, BINDS = "askedOn", "binds"
"""Notes: the page that asked for a missing address, and whether it becomes a second factor."""


async def mailed(
    guest: Guest, state: ScreenState, identifier: Identifier, flow: Flow, *, here: str
) -> Went:
    """Send a code and go to where it is typed; what refuses it is said on the page ``here``."""
    event = EVENTS.get(flow, InteractionEvent.REGISTER)
    kept = replace(state, identifier=identifier)
    sending = send_code(guest, identifier, event)
    return await sent(guest, kept, sending, identifier.value, to=flow.code_page, here=here)


async def sent(
    guest: Guest, state: ScreenState, sending: Awaitable[str], target: str, *, to: str, here: str
) -> Went:
    """Send a code to ``target`` and go on; what refuses it is said on the page ``here``."""
    try:
        await sending
    except _REFUSED as error:
        said = words_for(error, target=target)
        return Went(to=here, state=state.saying(here, identifier=said))
    except _NOT_SENT as error:
        said = words_for(error, target=target)
        if error.retry_after is not None:
            wait = guest.world.clock.now() + int(1000 * error.retry_after)
            state = replace(state, next_at=wait)
        return Went(to=here, state=state.saying(here, toast=said, question=_asked_of(error)))
    next_at = guest.world.clock.now() + RESEND_AFTER
    return Went(to=to, state=replace(state.quiet(), next_at=next_at))


async def resend(guest: Guest, shown: Shown, flow: Flow) -> Went:
    """Send a code to whoever was named, or another one.

    Too early, nothing is sent and the page says how long to wait.
    """
    state, here = shown.state, flow.code_page
    identifier, first = state.identifier, pending(shown) is None
    if identifier is None:
        return _anew(shown, flow)
    if wait_for(shown) > 0:
        return Went(to=here, state=state.quiet())
    if first and (event := EVENTS.get(flow)) is not None:
        await begun(guest, shown, event)
    went = await mailed(guest, state, identifier, flow, here=here)
    if went.state.screen or first:
        return went
    return replace(went, state=went.state.saying(here, toast=Said("description.passcode_sent")))


def boxes_for(policy: CodePolicy) -> int:
    """How many boxes a code is typed into, a digit each; 0 is one field for the whole code."""
    fits = policy.alphabet is Alphabet.DIGITS and policy.length <= _MOST_BOXES
    return policy.length if fits else 0


async def typed_code(guest: Guest, shown: Shown, flow: Flow, typed: str) -> Went:
    """Redeem a code and go on with what it proves."""
    state, here, proof = shown.state, flow.code_page, pending(shown)
    if proof is None or state.identifier is None:
        return _anew(shown, flow)
    if not proof.verified:
        code = code_of(typed)
        redeeming = partial(verify_code, guest, proof.identifier, proof.id, code)
        refused = await redeemed(state, here, code, redeeming)
        if refused is not None:
            return refused
    return await _go_on(guest, shown, flow, proof)


async def redeemed(
    state: ScreenState, here: str, code: str, redeeming: Callable[[], Awaitable[str]]
) -> Went | None:
    """Redeem a code; the page again, with what is wrong with it."""
    # A code that waits may be of another length than the policy's: no try is lost on half a code.
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        return Went(to=here, state=state.saying(here, code=Said("error.invalid_passcode")))
    try:
        await redeeming()
    except (errors.CodeMismatch, errors.CodeExpired) as error:
        return Went(to=here, state=state.saying(here, code=words_for(error)))
    except (errors.VerificationError, errors.TooManyAttempts) as error:
        return Went(to=here, state=state.saying(here, toast=words_for(error)))
    return None


def start_of(state: ScreenState, flow: Flow) -> str:
    """Where somebody names another address: of what was missing, the page that asked for it."""
    if flow is not Flow.CONTINUE:
        return flow.start
    return str(state.notes.get(ASKED_ON, SIGN_IN))


def _anew(shown: Shown, flow: Flow) -> Went:
    start = start_of(shown.state, flow)
    return Went(to=start, state=shown.state.saying(start, toast=Said("own.started_anew")))


async def answered(
    guest: Guest, shown: Shown, flow: Flow, answer: str, *, agreed: bool = False
) -> Went:
    """The person has said what to do about an account that is there, or is not."""
    proof, state, here = pending(shown), shown.state, flow.code_page
    if proof is None or not proof.verified:
        return Went(to=start_of(state, flow), state=state.quiet())
    state = replace(state, agreed=state.agreed or agreed)
    if answer == CREATE and must_agree(shown, InteractionEvent.REGISTER) and not agreed:
        said = Said("error.terms_acceptance_required_description")
        return Went(to=here, state=state.saying(here, question=CREATE, terms=said))
    try:
        if answer == CREATE:
            await change_event(guest, InteractionEvent.REGISTER)
        elif answer == SIGN_IN_INSTEAD:
            await change_event(guest, InteractionEvent.SIGN_IN)
        else:
            return Went(to=start_of(state, flow), state=state.quiet())
        return await onward.identified(guest, state, proof.id)
    except CarteiroError as error:
        return onward.past(state, error, here)


async def begun(guest: Guest, shown: Shown, event: InteractionEvent) -> None:
    """Begin, where the person came from another journey's page; what is proven is no use here."""
    if shown.record is None or shown.record.event is not event:
        await begin(guest, event)


def pending(shown: Shown) -> Proof | None:
    """The proof of what was typed, sent or redeemed."""
    identifier, record = shown.state.identifier, shown.record
    kind = CODE_OF.get(identifier.type) if identifier else None
    if record is None or kind is None:
        return None
    proof = record.proof_of(kind)
    return proof if proof is not None and proof.identifier == identifier else None


def wait_for(shown: Shown) -> int:
    """Whole seconds until the page offers another code."""
    return max(0, -(-((shown.state.next_at or 0) - shown.now) // 1000))


async def _go_on(guest: Guest, shown: Shown, flow: Flow, proof: Proof) -> Went:
    state, here = shown.state, flow.code_page
    try:
        if flow is not Flow.CONTINUE:
            return await onward.identified(guest, state, proof.id)
        added = bind_address if state.notes.get(BINDS) else set_address
        await added(guest, proof.identifier.type, proof.id)
        return await onward.added(guest, shown.record, state)
    except errors.UserNotExist:
        may = flow is Flow.SIGN_IN and may_register(shown, proof.identifier.type)
        question = CREATE if may else NO_ACCOUNT
        return Went(to=here, state=state.saying(here, question=question))
    except (errors.EmailInUse, errors.PhoneInUse):
        may = flow is not Flow.CONTINUE and shown.settings.mode is not SignInMode.REGISTER
        may = may and proof.identifier.type in shown.settings.by_code
        question = SIGN_IN_INSTEAD if may else HAS_ACCOUNT
        return Went(to=here, state=state.saying(here, question=question))
    except CarteiroError as error:
        return onward.past(state, error, here)


def may_register(shown: Shown, kind: IdentifierType) -> bool:
    """Whether people register with this kind of identifier."""
    settings = shown.settings
    if settings.mode is SignInMode.SIGN_IN:
        return False
    return kind.value in settings.sign_up_identifiers


_REFUSED = (
    errors.InvalidInput,
    errors.InvalidBlocklistEmail,
    errors.EmailNotAllowed,
    errors.EmailSubaddressingNotAllowed,
    errors.RecipientSuppressed,
)
_NOT_SENT = (
    errors.ConnectorError,
    errors.ConnectorNotFound,
    errors.CaptchaRequired,
    errors.MessageRateLimited,
    errors.ValueTooLong,
)
NOT_SENT = "not_sent"


def _asked_of(error: CarteiroError) -> str | None:
    down = isinstance(error, (errors.ConnectorError, errors.ConnectorNotFound))
    return NOT_SENT if down else None
