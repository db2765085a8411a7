"""The second step: a code to an address that the account has, or one that it is given now.

Of the factors that a tenant may have switched on, those by mail and by phone are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from carteiro.errors import CarteiroError
from carteiro.experience.proofs import MFA_CODE_OF, IdentifierType, Proof
from carteiro.experience.settings import Factor
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.door.second_factor import (
    send_second_code,
    skip,
    skip_suggestion,
    turn_on,
    verify_second_code,
)
from carteiro.flows.sign_in.screens import onward, paths
from carteiro.flows.sign_in.screens.codes import redeemed, sent, wait_for
from carteiro.flows.sign_in.screens.identifiers import code_of
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said

OURS: Mapping[Factor, IdentifierType] = {
    Factor.EMAIL_CODE: IdentifierType.EMAIL,
    Factor.PHONE_CODE: IdentifierType.PHONE,
}


def asked(shown: Shown) -> Mapping[str, Any]:
    """What the last refusal said of factors: which there are, and masked addresses."""
    found: Mapping[str, Any] = shown.state.notes.get("mfa", {})
    return found


def offered(shown: Shown) -> list[Factor]:
    """Those of ours that may be chosen now, in the order in which they are asked for."""
    names = asked(shown).get("availableFactors", ())
    return [one for one in OURS if one.value in names]


def to_bind(shown: Shown) -> list[Factor]:
    """Those that may be set up: not what the account has already."""
    held = asked(shown).get("maskedIdentifiers", {})
    return [one for one in offered(shown) if one.value not in held]


def mask_of(shown: Shown, factor: Factor) -> str:
    """Where its code goes, as the person knows it again."""
    return str(asked(shown).get("maskedIdentifiers", {}).get(factor.value, ""))


def under_way(shown: Shown, factor: Factor) -> Proof | None:
    """The proof whose code was sent."""
    record = shown.record
    return record.proof_of(MFA_CODE_OF[OURS[factor]]) if record else None


def page_of(root: str, factor: Factor) -> str:
    """The factor's own page."""
    return f"{root}/{factor.value}"


async def send(guest: Guest, shown: Shown, factor: Factor) -> Went:
    """Send a code, or another one; too early, the page says how long to wait."""
    here, state = page_of(paths.MFA_VERIFICATION, factor), shown.state
    again = under_way(shown, factor) is not None
    if again and wait_for(shown) > 0:
        return Went(to=here, state=state.quiet())
    try:
        sending = send_second_code(guest, OURS[factor])
        went = await sent(guest, state, sending, mask_of(shown, factor), to=here, here=here)
    except CarteiroError as error:
        return onward.past(state, error, here)
    if not again or went.state.screen:
        return went
    said = went.state.saying(here, toast=Said("description.passcode_sent"))
    return Went(to=here, state=said)


async def typed_second_code(guest: Guest, shown: Shown, factor: Factor, typed: str) -> Went:
    """Redeem it, and sign in."""
    here, state = page_of(paths.MFA_VERIFICATION, factor), shown.state
    proof = under_way(shown, factor)
    if proof is None:
        return Went(to=here, state=state.quiet())
    code, kind = code_of(typed), OURS[factor]
    try:
        if not proof.verified:
            redeeming = partial(verify_second_code, guest, kind, proof.id, code)
            refused = await redeemed(state, here, code, redeeming)
            if refused is not None:
                return refused
        return await onward.finished(guest, state)
    except CarteiroError as error:
        return onward.past(state, error, here)


async def decide(guest: Guest, shown: Shown, *, wants: bool, here: str) -> Went:
    """The person turns the second step on, or does without, as far as they may."""
    state = shown.state
    try:
        if wants:
            await turn_on(guest)
        elif asked(shown).get("suggestion"):
            await skip_suggestion(guest)
        else:
            await skip(guest)
        return await onward.added(guest, shown.record, state)
    except CarteiroError as error:
        return onward.past(state, error, here)
