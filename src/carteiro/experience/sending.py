"""Which mail a code goes out with, and when it does not go out at all (experience API §2.5)."""

from __future__ import annotations

from carteiro.experience.proofs import IdentifierType, Proof
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.settings import DoorSettings, SignInMode
from carteiro.model.kinds import TemplateType

_OF_EVENT = {
    InteractionEvent.SIGN_IN: TemplateType.SIGN_IN,
    InteractionEvent.REGISTER: TemplateType.REGISTER,
    InteractionEvent.FORGOT_PASSWORD: TemplateType.FORGOT_PASSWORD,
}

_ENTERING = frozenset({TemplateType.SIGN_IN.value, TemplateType.REGISTER.value})
_RESETTING = frozenset({TemplateType.FORGOT_PASSWORD.value})
TYPED_AT_THE_DOOR = (*_OF_EVENT.values(), TemplateType.BIND_MFA)
"""What the code of an address that somebody gives may be for."""


def serves(proof: Proof, event: InteractionEvent) -> bool:
    """Whether a proof was made for what it is to be used for here.

    A code that was sent for signing in registers as well, and the other way round: people turn to
    what fits them. A code that resets a password does nothing else, and nothing else resets one.
    """
    if proof.template is None:
        return True
    resets = event is InteractionEvent.FORGOT_PASSWORD
    return proof.template in (_RESETTING if resets else _ENTERING)


def template_of(
    record: InteractionRecord,
    event: InteractionEvent,
    kind: IdentifierType,
    settings: DoorSettings,
) -> TemplateType:
    """The type of mail for a code; ``event`` is the request's, not the interaction's.

    Whoever is identified and gives an address that nobody signs up with sets up a second factor.
    """
    if record.user_id is not None and kind.value not in settings.sign_up_identifiers:
        return TemplateType.BIND_MFA
    return _OF_EVENT[event]


def may_be_suppressed(
    record: InteractionRecord, event: InteractionEvent, settings: DoorSettings, *, invited: bool
) -> bool:
    """Whether a code for somebody without an account is not sent.

    It is answered as if it were: nobody learns who has an account. Where nobody registers,
    strangers get no mail either; who is ``invited`` by a link does.
    """
    if event is InteractionEvent.FORGOT_PASSWORD:
        return True
    if record.user_id is not None or settings.mode is not SignInMode.SIGN_IN:
        return False
    return event is InteractionEvent.SIGN_IN or not invited
