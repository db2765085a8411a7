"""`/sign-in`: who is there?"""

from __future__ import annotations

from starlette.responses import Response

from carteiro.experience.settings import SignInMode
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import paths
from carteiro.flows.sign_in.screens.enter import enter, takes_password, ways
from carteiro.flows.sign_in.screens.identifiers import LABELS, in_order
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.calls import Call, screen


async def get_sign_in(call: Call) -> Response:
    """The first page: one field, or two where a password comes first."""
    shown = call.shown
    known = ways(shown)
    if not known:
        return call.go(paths.REGISTER)
    return call.page(
        "sign_in/sign_in.html",
        kinds=in_order(known),
        label=" / ".join(shown.spoken.say(LABELS[kind]) for kind in in_order(known)),
        typed=shown.state.typed or shown.extras.given.get("login_hint", ""),
        asks_password=takes_password(shown),
        may_register=shown.settings.mode is SignInMode.BOTH,
        may_reset=any(shown.experience["forgotPassword"].values()),
    )


async def post_sign_in(guest: Guest, shown: Shown, form: Form) -> Went:
    """Go on with what was typed."""
    password = form.get("password", "") if takes_password(shown) else None
    return await enter(
        guest,
        shown,
        typed=form.get("identifier", ""),
        password=password,
        captcha=form.get("captcha"),
    )


routes = screen(paths.SIGN_IN, get_sign_in, post_sign_in)
