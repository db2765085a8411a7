"""`/register` and its kin: somebody makes an account."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.experience.settings import SignInMode
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import links, passwords, paths
from carteiro.flows.sign_in.screens.enter import ways
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.register import begin_account, choose_password, kinds
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.beginning import closed, first_page, typed_of
from carteiro.pages.sign_in.calls import Call, screen
from carteiro.pages.sign_in.sign_in import chosen


def _routes(path: str, *, narrowed: bool) -> list[Route]:
    """A page that takes the identifier of a new account."""

    def kinds_of(shown: Shown) -> list[IdentifierType]:
        return chosen(shown, kinds(shown)) if narrowed else kinds(shown)

    async def get(call: Call) -> Response:
        shown = call.shown
        if links.waiting(shown):
            return call.go(paths.ONE_TIME_TOKEN)
        asked = kinds_of(shown)
        if not asked and (kinds(shown) or ways(shown)):
            return call.go(paths.REGISTER if kinds(shown) else paths.SIGN_IN)
        if not asked:
            return closed(call)
        return first_page(
            call,
            "sign_in/register.html",
            asked,
            InteractionEvent.REGISTER,
            narrowed=narrowed,
            may_sign_in=shown.settings.mode is not SignInMode.REGISTER,
        )

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        return await begin_account(guest, shown, typed_of(form, path, kinds_of(shown)))

    return screen(path, get, post)


async def get_password(call: Call) -> Response:
    """The password of the new account, with its rules."""
    shown = call.shown
    identifier = shown.state.identifier
    if shown.record is None or shown.record.event is not InteractionEvent.REGISTER:
        return call.go(paths.REGISTER)
    return call.page(
        "sign_in/new_password.html",
        title="description.set_password",
        start=paths.REGISTER,
        identifier=identifier,
        hint=passwords.requirements(shown.experience["passwordPolicy"], shown.spoken),
        twice=passwords.asked_twice(shown),
        submit="action.save_password",
    )


async def post_password(guest: Guest, shown: Shown, form: Form) -> Went:
    """Take it, and make the account."""
    again = form.get(passwords.AGAIN, "") if passwords.asked_twice(shown) else None
    return await choose_password(guest, shown, form.get(passwords.NEW, ""), again)


routes = [
    *_routes(paths.REGISTER, narrowed=False),
    *_routes(paths.IDENTIFIER_REGISTER, narrowed=True),
    *screen(paths.REGISTER_PASSWORD, get_password, post_password),
]
