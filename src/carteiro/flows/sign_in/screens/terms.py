"""Whether the tenant's terms have to be accepted by hand, and were."""

from __future__ import annotations

from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.screens.shown import Shown

_BY_HAND = {
    "Manual": frozenset({InteractionEvent.SIGN_IN, InteractionEvent.REGISTER}),
    "ManualRegistrationOnly": frozenset({InteractionEvent.REGISTER}),
}


def has_terms(shown: Shown) -> bool:
    """Whether there is anything to accept."""
    return bool(shown.experience["termsOfUseUrl"] or shown.experience["privacyPolicyUrl"])


def must_agree(shown: Shown, event: InteractionEvent) -> bool:
    """Whether a page asks for it: by hand, for this, and not accepted in this interaction yet."""
    policy = shown.experience["agreeToTermsPolicy"]
    asked = has_terms(shown) and event in _BY_HAND.get(policy, ())
    return asked and not shown.state.agreed
