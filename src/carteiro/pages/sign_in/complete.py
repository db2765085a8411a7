"""`/continue/…`: one thing at a time that an account still lacks."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import complete, passwords, paths, usernames
from carteiro.flows.sign_in.screens.identifiers import LABELS, in_order
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.beginning import KEYBOARDS
from carteiro.pages.sign_in.calls import Call, screen
from carteiro.pages.sign_in.extra_fields import fields_of, filled

_LINKS = {
    complete.EMAIL: "description.link_email",
    complete.PHONE: "description.link_phone",
    complete.EITHER: "description.link_email_or_phone",
}
_USERNAME, _PASSWORD, _EXTRA = (
    paths.continue_with(name) for name in ("username", "password", "extraProfile")
)


def _address(missing: str) -> list[Route]:
    """The page that takes an address or a number, which a code then proves."""
    path, kinds = paths.continue_with(missing), complete.KINDS[missing]

    async def get(call: Call) -> Response:
        label = " / ".join(call.shown.spoken.say(LABELS[kind]) for kind in in_order(kinds))
        keyboard = KEYBOARDS[kinds[0]] if len(kinds) == 1 else None
        title = _LINKS[missing]
        return _page(call, title, f"{title}_description", label=label, keyboard=keyboard)

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        typed = form.get("identifier", "")
        return await complete.give_address(guest, shown, typed, kinds=kinds, here=path)

    return screen(path, get, post)


def _page(call: Call, title: str, lead: str, **values: Any) -> Response:
    if not complete.may_add(call.shown):
        return call.go(paths.SIGN_IN)
    asked = call.request.scope["path"]
    state = call.shown.state
    typed = state.typed if asked == state.screen else ""
    return call.page("sign_in/missing.html", title=title, lead=lead, typed=typed, **values)


async def get_username(call: Call) -> Response:
    """The missing user name, with its rules."""
    spoken = call.shown.spoken
    return _page(
        call,
        "description.enter_username",
        "description.enter_username_policy_description",
        asked={
            "requirements": usernames.requirements(call.shown.experience["usernamePolicy"], spoken)
        },
        label=spoken.say("input.username"),
        keyboard=None,
    )


async def post_username(guest: Guest, shown: Shown, form: Form) -> Went:
    """Take it."""
    return await complete.give_username(guest, shown, form.get("identifier", ""), here=_USERNAME)


async def get_password(call: Call) -> Response:
    """The missing password, with its rules."""
    shown = call.shown
    if not complete.may_add(shown):
        return call.go(paths.SIGN_IN)
    return call.page(
        "sign_in/new_password.html",
        title="description.set_password",
        start=paths.SIGN_IN,
        identifier=shown.state.identifier,
        hint=passwords.requirements(shown.experience["passwordPolicy"], shown.spoken),
        twice=passwords.asked_twice(shown),
        submit="action.save_password",
    )


async def post_password(guest: Guest, shown: Shown, form: Form) -> Went:
    """Take it."""
    again = form.get(passwords.AGAIN, "") if passwords.asked_twice(shown) else None
    new = form.get(passwords.NEW, "")
    return await complete.give_password(guest, shown, new, again, here=_PASSWORD)


async def get_extra(call: Call) -> Response:
    """What else the tenant asks of newcomers; nobody has to answer."""
    if not complete.may_add(call.shown):
        return call.go(paths.SIGN_IN)
    return call.page("sign_in/extra_profile.html", fields=fields_of(call.shown))


async def post_extra(guest: Guest, shown: Shown, form: Form) -> Went:
    """Take it."""
    values, wrong = filled(fields_of(shown), form)
    if wrong:
        return Went(to=_EXTRA, state=shown.state.saying(_EXTRA, wrong=wrong))
    return await complete.give_extra(guest, shown, values, here=_EXTRA)


routes = [
    *(route for missing in complete.KINDS for route in _address(missing)),
    *screen(_USERNAME, get_username, post_username),
    *screen(_PASSWORD, get_password, post_password),
    *screen(_EXTRA, get_extra, post_extra),
]
