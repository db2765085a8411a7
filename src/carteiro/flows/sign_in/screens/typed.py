"""The first form of a journey: an identifier, and the terms where they are accepted by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.screens.identifiers import misunderstood, plain, understood
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said, ScreenState
from carteiro.flows.sign_in.screens.terms import must_agree
from carteiro.model.did_you_mean import did_you_mean

_LONGEST = 256
MEANT = "meant"
"""The question whether an address is misspelt; the note of this name is the likelier one."""
_ASKED = "asked_about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a first form has. ``here`` is its page, ``allowed`` are the kinds that it takes."""

    identifier: str
    here: str
    allowed: Collection[IdentifierType]
    agreed: bool = False
    captcha: str | None = None


def understand(
    shown: Shown, typed: Typed, event: InteractionEvent, *, doubting: bool = True
) -> tuple[ScreenState, Identifier] | Went:
    """Whom it names; or the page again, with what is wrong.

    An address that looks misspelt is asked about once, unless ``doubting`` is off.
    """
    state = replace(
        shown.state,
        typed=plain(typed.identifier)[:_LONGEST],
        identifier=None,
        next_at=None,
        agreed=shown.state.agreed or typed.agreed,
    )
    identifier = understood(typed.identifier, typed.allowed)
    if identifier is None:
        said = misunderstood(typed.identifier, typed.allowed)
        return Went(to=typed.here, state=state.saying(typed.here, identifier=said))
    if must_agree(shown, event) and not typed.agreed:
        said = Said("error.terms_acceptance_required_description")
        return Went(to=typed.here, state=state.saying(typed.here, terms=said))
    if doubting and identifier.type is IdentifierType.EMAIL:
        asked = _doubted(state, identifier.value)
        if asked is not None:
            return Went(to=typed.here, state=asked.saying(typed.here, question=MEANT))
    return replace(state.quiet(), identifier=identifier), identifier


def _doubted(state: ScreenState, address: str) -> ScreenState | None:
    """With the address that was likelier meant; ``None`` where all is well or was asked before."""
    meant = did_you_mean(address)
    if meant is None or state.notes.get(_ASKED) == address:
        return None
    return replace(state, notes={**state.notes, _ASKED: address, MEANT: meant})
