"""`/account/username`: another user name, or none."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from carteiro import errors
from carteiro.directory.settings.account_center import AccountField
from carteiro.flows.account.profile import change_account
from carteiro.flows.sign_in.screens.identifiers import plain
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import SECURITY, USERNAME, Call, Went, screen, words
from carteiro.pages.account.codes import confirmed, waiting
from carteiro.pages.forms import Form

_LONGEST = 128


async def get_username(call: Call) -> Response:
    """The name that somebody signs in with."""
    return await call.page(
        "account/username.html",
        scripts=["code.js"],
        current=call.seen.account.get("username"),
        edits=call.seen.center.edits(AccountField.USERNAME),
        asks_proof=not call.seen.identified,
        **waiting(call),
    )


async def post_username(call: Call, form: Form) -> Went:
    """Change it, or take it away."""
    if (went := await confirmed(call, form)) is not None:
        return went
    if form.get("step") == "remove":
        await change_account(call.bearer, {"username": None})
        return call.on(SECURITY, Said("account_center.security.username_removed"))
    name = plain(form.get("identifier", ""))
    call = replace(call, memory=replace(call.memory, typed=name[:_LONGEST]))
    if not name:
        return call.again(identifier=Said("error.username_required"))
    if len(name) > _LONGEST:
        return call.again(identifier=Said("error.username_too_long", {"max": _LONGEST}))
    try:
        await change_account(call.bearer, {"username": name})
    except (errors.UsernameRefused, errors.UsernameInUse) as error:
        return call.again(identifier=words(error))
    return call.on(SECURITY, Said("account_center.username.success"))


routes = screen(USERNAME, get_username, post_username)
