"""`/one-time-token`, its error page, and `/switch-account`: somebody comes by a magic link."""

from __future__ import annotations

from starlette.responses import Response

from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import links, paths
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.terms import has_terms, must_agree
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.calls import Call, screen

_RESET = (
    "description.reset_password",
    "description.reset_password_magic_link_description",
    "action.continue",
)
_SIGN_IN = ("description.sign_in_to_your_account", "own.link_for", "action.continue_as")


async def get_link(call: Call) -> Response:
    """A button: whoever opens a link only looks at it."""
    shown, email = call.shown, links.waiting(call.shown)
    if email is None or "errorMessage" in call.request.query_params:
        return await get_error(call)
    asked = shown.state.on(paths.ONE_TIME_TOKEN).question == links.TERMS
    event = links.event_of(shown)
    title, lead, button = _RESET if event is InteractionEvent.FORGOT_PASSWORD else _SIGN_IN
    return call.page(
        "sign_in/magic_link.html",
        title=title,
        lead=lead,
        button=button,
        email=email,
        has_terms=has_terms(shown),
        must_agree=asked or must_agree(shown, InteractionEvent.SIGN_IN),
        by_hand=shown.experience["agreeToTermsPolicy"] != "Automatic",
        by_code=links.takes_code(shown),
    )


async def get_error(call: Call) -> Response:
    """The link does nothing: the page says what does."""
    shown = call.shown
    return call.page(
        "sign_in/link_error.html",
        email=shown.extras.given.get("login_hint"),
        by_code=links.takes_code(shown),
        account=shown.account if links.is_asked(shown) else None,
    )


async def get_switch(call: Call) -> Response:
    """The link is for another account than the one that is signed in here."""
    email = links.waiting(call.shown)
    if email is None or not links.is_asked(call.shown):
        return call.go(paths.SIGN_IN)
    return call.page("sign_in/switch_account.html", email=email, account=call.shown.account or "")


async def post_link(guest: Guest, shown: Shown, form: Form) -> Went:
    """Use it, or do something else instead."""
    match form.get("answer"):
        case "code":
            return await links.mail_code(guest, shown)
        case "leave":
            return await links.leave(guest, shown)
        case "keep":
            return await links.keep(guest, shown)
        case _:
            return await links.use(guest, shown, agreed="terms" in form)


routes = [
    *screen(paths.ONE_TIME_TOKEN, get_link, post_link),
    *screen(paths.TOKEN_ERROR, get_error, post_link),
    *screen(paths.SWITCH_ACCOUNT, get_switch, post_link),
]
