"""`/{sign-in,register,forgot-password,continue}/verification-code` (experience §5.2)."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import codes
from carteiro.flows.sign_in.screens.enter import way_of
from carteiro.flows.sign_in.screens.identifiers import NAMES
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.paths import SIGN_IN_PASSWORD, Flow
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.terms import must_agree
from carteiro.pages.forms import Form, typed_code
from carteiro.pages.sign_in.calls import Call, nowhere, screen

BOX = "passcode"


def typed_in(form: Form, box: str = BOX) -> str:
    """What was typed into the boxes, or into the one field that there is without script."""
    return typed_code(form, box)


def routes_of(flow: Flow) -> list[Route]:
    """The code page of one journey."""

    async def get(call: Call) -> Response:
        shown = call.shown
        identifier, start = shown.state.identifier, codes.start_of(shown.state, flow)
        way = way_of(shown) if flow is Flow.SIGN_IN else None
        sent = codes.pending(shown) is not None
        if identifier is None:
            return await nowhere(call.request)
        if not (sent or (way and way.code)):
            return call.go(start)
        return call.page(
            "sign_in/verification_code.html",
            scripts=["code.js"],
            identifier=identifier,
            kind=shown.spoken.say(NAMES[identifier.type]),
            sent=sent,
            box=BOX,
            digits=codes.boxes_for(shown.workspace.code_policy),
            wait=codes.wait_for(shown),
            start=start,
            by_password=SIGN_IN_PASSWORD if way and way.password else None,
            must_agree=must_agree(shown, InteractionEvent.REGISTER),
        )

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        if "resend" in form:
            return await codes.resend(guest, shown, flow)
        if answer := form.get("answer"):
            return await codes.answered(guest, shown, flow, answer, agreed="terms" in form)
        return await codes.typed_code(guest, shown, flow, typed_in(form))

    return screen(flow.code_page, get, post)


routes = [route for flow in Flow for route in routes_of(flow)]
