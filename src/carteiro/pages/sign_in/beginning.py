"""What the first page of every journey has: the identifier's field, terms, a captcha."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.screens.codes import wait_for
from carteiro.flows.sign_in.screens.enter import way_of
from carteiro.flows.sign_in.screens.identifiers import LABELS, in_order
from carteiro.flows.sign_in.screens.terms import has_terms, must_agree
from carteiro.flows.sign_in.screens.typed import MEANT, Typed
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.calls import Call
from carteiro.pages.sign_in.captcha import passed, widget_of

KEYBOARDS = {IdentifierType.EMAIL: "email", IdentifierType.PHONE: "tel"}


def first_page(
    call: Call,
    template: str,
    kinds: Sequence[IdentifierType],
    event: InteractionEvent,
    **values: Any,
) -> Response:
    """The page that takes an identifier of one of these ``kinds``."""
    shown = call.shown
    known = in_order(kinds)
    widget = widget_of(shown)
    way = way_of(shown)
    # Only where a mail was refused: a code that is on its way is waited for on its own page.
    refused = shown.state.screen == call.request.scope["path"]
    wait = wait_for(shown) if refused else 0
    only = known[0] if len(known) == 1 else None
    return call.page(
        template,
        scripts=[*(["captcha.js"] if widget else ()), *(["code.js"] if wait else ())],
        foreign=widget.sources if widget else (),
        alike="login_hint" not in shown.extras.given,
        label=" / ".join(shown.spoken.say(LABELS[kind]) for kind in known),
        keyboard=KEYBOARDS.get(only) if only else None,
        typed=shown.state.typed or shown.extras.given.get("login_hint", ""),
        has_terms=has_terms(shown) and event is not InteractionEvent.FORGOT_PASSWORD,
        must_agree=must_agree(shown, event),
        by_hand=shown.experience["agreeToTermsPolicy"] != "Automatic",
        widget=widget,
        use_password=event is InteractionEvent.SIGN_IN and way is not None and way.password,
        wait=wait,
        **values,
    )


def closed(call: Call) -> Response:
    """Nobody gets in here by anything that these pages know of."""
    return call.page("sign_in/closed.html")


def typed_of(form: Form, here: str, kinds: Sequence[IdentifierType]) -> Typed:
    """What was filled in there."""
    meant = form.get("submit") == MEANT
    return Typed(
        identifier=form.get(MEANT if meant else "identifier", ""),
        here=here,
        allowed=frozenset(kinds),
        agreed="terms" in form,
        captcha=passed(form),
    )
