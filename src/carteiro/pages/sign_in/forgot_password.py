"""`/forgot-password` and `/reset-password`: a code, then a new password."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import links, passwords, paths
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.reset import ask_for_reset, choose_new, kinds
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.beginning import first_page, typed_of
from carteiro.pages.sign_in.calls import Call, screen


def _routes(path: str) -> list[Route]:
    async def get(call: Call) -> Response:
        if links.waiting(call.shown):
            return call.go(paths.ONE_TIME_TOKEN)
        asked = kinds(call.shown)
        if not asked:
            return call.go(paths.SIGN_IN)
        event = InteractionEvent.FORGOT_PASSWORD
        return first_page(call, "sign_in/forgot_password.html", asked, event)

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        return await ask_for_reset(guest, shown, typed_of(form, path, kinds(shown)))

    return screen(path, get, post)


async def get_reset(call: Call) -> Response:
    """The new password, with its rules; typed once, since it can be looked at."""
    shown = call.shown
    record = shown.record
    if (
        record is None
        or record.event is not InteractionEvent.FORGOT_PASSWORD
        or record.user_id is None
    ):
        return call.go(paths.FORGOT_PASSWORD)
    return call.page(
        "sign_in/new_password.html",
        title="description.new_password",
        start=paths.FORGOT_PASSWORD,
        identifier=shown.state.identifier,
        hint=passwords.requirements(shown.experience["passwordPolicy"], shown.spoken),
        twice=False,
        submit="action.save_password",
    )


async def post_reset(guest: Guest, shown: Shown, form: Form) -> Went:
    """Take it; the person signs in with it next."""
    return await choose_new(guest, shown, form.get(passwords.NEW, ""))


routes = [
    *_routes(paths.FORGOT_PASSWORD),
    *_routes(paths.RESET_PASSWORD),
    *screen(paths.RESET, get_reset, post_reset),
]
