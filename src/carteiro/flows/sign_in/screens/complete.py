"""Somebody gives what their account still lacks, one thing at a time (experience API §2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carteiro import errors
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.complete_profile import set_extra, set_password, set_username
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import onward
from carteiro.flows.sign_in.screens.codes import ASKED_ON, BINDS, mailed
from carteiro.flows.sign_in.screens.identifiers import misunderstood, plain, understood
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.passwords import refused, unfit
from carteiro.flows.sign_in.screens.paths import Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.words import words_for

EMAIL, PHONE, EITHER = "email", "phone", "emailOrPhone"
KINDS: Mapping[str, tuple[IdentifierType, ...]] = {
    EMAIL: (IdentifierType.EMAIL,),
    PHONE: (IdentifierType.PHONE,),
    EITHER: (IdentifierType.EMAIL, IdentifierType.PHONE),
}
"""What a page takes as the address that is missing, by the end of its path."""
_LONGEST = 256
_NAME = (errors.UsernameRefused, errors.UsernameInUse)
_THERE = (errors.UsernameExistsInProfile, errors.PasswordExistsInProfile)
"""The account has it by now: there is nothing to give."""


def may_add(shown: Shown) -> bool:
    """Whether there is somebody, or an account to be made, that lacks something."""
    record = shown.record
    if record is None or record.event is InteractionEvent.FORGOT_PASSWORD:
        return False
    return record.event is InteractionEvent.REGISTER or record.user_id is not None


async def give_address(
    guest: Guest, shown: Shown, typed: str, *, kinds: tuple[IdentifierType, ...], here: str
) -> Went:
    """Send a code to the missing address."""
    return await _proven(guest, shown, typed, kinds=kinds, here=here, binds=False)


async def give_factor(
    guest: Guest, shown: Shown, typed: str, *, kind: IdentifierType, here: str
) -> Went:
    """Send a code to the address that becomes the second factor."""
    return await _proven(guest, shown, typed, kinds=(kind,), here=here, binds=True)


async def give_username(guest: Guest, shown: Shown, typed: str, *, here: str) -> Went:
    """Take the missing user name."""
    name = plain(typed)[:_LONGEST]
    state = replace(shown.state, typed=name)
    if not name:
        said = misunderstood(name, [IdentifierType.USERNAME])
        return Went(to=here, state=state.saying(here, identifier=said))
    try:
        await set_username(guest, name)
    except _NAME as error:
        return Went(to=here, state=state.saying(here, identifier=words_for(error)))
    except _THERE:
        pass
    except CarteiroError as error:
        return onward.past(state, error, here)
    return await _on(guest, shown, here)


async def give_password(
    guest: Guest, shown: Shown, password: str, again: str | None, *, here: str
) -> Went:
    """Take the missing password."""
    state = shown.state
    wrong = unfit(password, again)
    if wrong:
        return Went(to=here, state=state.saying(here, wrong=wrong))
    try:
        await set_password(guest, password)
    except _THERE:
        pass
    except CarteiroError as error:
        wrong = refused(error) or {}
        if wrong:
            return Went(to=here, state=state.saying(here, wrong=wrong))
        return onward.past(state, error, here)
    return await _on(guest, shown, here)


async def give_extra(guest: Guest, shown: Shown, values: Mapping[str, Any], *, here: str) -> Went:
    """Take what people are asked for when they register beside all that."""
    try:
        await set_extra(guest, values)
    except CarteiroError as error:
        return onward.past(shown.state, error, here)
    return await _on(guest, shown, here)


async def _proven(
    guest: Guest,
    shown: Shown,
    typed: str,
    *,
    kinds: tuple[IdentifierType, ...],
    here: str,
    binds: bool,
) -> Went:
    notes = {**shown.state.notes, ASKED_ON: here, BINDS: binds}
    state = replace(shown.state, typed=plain(typed)[:_LONGEST], notes=notes)
    identifier = understood(typed, kinds)
    if identifier is None:
        return Went(to=here, state=state.saying(here, identifier=misunderstood(typed, kinds)))
    try:
        return await mailed(guest, state, identifier, Flow.CONTINUE, here=here)
    except CarteiroError as error:
        return onward.past(state, error, here)


async def _on(guest: Guest, shown: Shown, here: str) -> Went:
    state = shown.state
    try:
        return await onward.added(guest, shown.record, state)
    except CarteiroError as error:
        return onward.past(state, error, here)
