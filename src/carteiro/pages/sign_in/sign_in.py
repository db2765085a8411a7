"""`/sign-in` and its kin: who is there?"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.experience.settings import SignInMode
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import links, paths, register, reset
from carteiro.flows.sign_in.screens.enter import enter, give_password, takes_password, way_of, ways
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.beginning import closed, first_page, typed_of
from carteiro.pages.sign_in.calls import Call, screen


def chosen(shown: Shown, kinds: list[IdentifierType]) -> list[IdentifierType]:
    """Of these kinds those that the application's request asks for; all where it names none."""
    asked = shown.extras.given.get("identifier", "").split()
    return [kind for kind in kinds if kind.value in asked or not asked]


def _routes(path: str, *, narrowed: bool) -> list[Route]:
    """A page that takes who somebody is; ``narrowed`` to what the application asks for."""

    def kinds_of(shown: Shown) -> list[IdentifierType]:
        return chosen(shown, [*ways(shown)]) if narrowed else [*ways(shown)]

    async def get(call: Call) -> Response:
        shown = call.shown
        if links.waiting(shown):
            return call.go(paths.ONE_TIME_TOKEN)
        kinds = kinds_of(shown)
        if not kinds and narrowed:
            return call.go(paths.SIGN_IN)
        if not kinds:
            return call.go(paths.REGISTER) if register.kinds(shown) else closed(call)
        return first_page(
            call,
            "sign_in/sign_in.html",
            kinds,
            InteractionEvent.SIGN_IN,
            narrowed=narrowed,
            asks_password=takes_password(shown),
            may_register=shown.settings.mode is SignInMode.BOTH and register.kinds(shown),
            may_reset=bool(reset.kinds(shown)),
            by_password=any(way.password for way in ways(shown).values()),
        )

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        password = form.get("password", "") if takes_password(shown) else None
        return await enter(guest, shown, typed_of(form, path, kinds_of(shown)), password)

    return screen(path, get, post)


async def get_password(call: Call) -> Response:
    """The password of whoever was named on the page before."""
    way, shown = way_of(call.shown), call.shown
    if way is None or not way.password:
        return call.go(paths.SIGN_IN)
    return call.page(
        "sign_in/password.html",
        identifier=shown.state.identifier,
        by_code=paths.Flow.SIGN_IN.code_page if way.code else None,
        may_reset=bool(reset.kinds(shown)),
    )


async def post_password(guest: Guest, shown: Shown, form: Form) -> Went:
    """Compare it."""
    return await give_password(guest, shown, form.get("password", ""))


async def get_methods(call: Call) -> Response:
    """The choice between a password and a code."""
    way = way_of(call.shown)
    if way is None:
        return call.go(paths.SIGN_IN)
    return call.page(
        "sign_in/methods.html",
        identifier=call.shown.state.identifier,
        by_password=paths.SIGN_IN_PASSWORD if way.password else None,
        by_code=paths.Flow.SIGN_IN.code_page if way.code else None,
    )


async def get_single_sign_on(call: Call) -> Response:
    """Nobody signs in through another service here."""
    return call.go(paths.SIGN_IN)


routes = [
    *_routes(paths.SIGN_IN, narrowed=False),
    *_routes(paths.IDENTIFIER_SIGN_IN, narrowed=True),
    *screen(paths.SIGN_IN_PASSWORD, get_password, post_password),
    *screen(paths.SIGN_IN_METHODS, get_methods),
    *screen(paths.SINGLE_SIGN_ON, get_single_sign_on),
]
