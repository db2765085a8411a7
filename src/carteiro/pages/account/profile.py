"""`/account`: what somebody says of themselves."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from carteiro.flows.account.profile import change_said
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import HOME, Call, Went, screen
from carteiro.pages.account.fields import OwnField, changed, fields_of
from carteiro.pages.forms import Form


async def get_profile(call: Call) -> Response:
    """Name, picture and profile, as far as the tenant shows them."""
    typed = call.memory.on(HOME).fields
    fields = [
        replace(one, value=typed.get(one.name, one.value)) if one.edits else one
        for one in await _fields(call)
    ]
    return await call.page("account/profile.html", fields=fields)


async def post_profile(call: Call, form: Form) -> Went:
    """Save what differs, all of it or nothing."""
    said, wrong, typed = changed(await _fields(call), form)
    # What was typed before, and not taken, does not stand over what is taken now.
    call = replace(call, memory=replace(call.memory, fields=typed if wrong else {}))
    if wrong:
        return call.again(**wrong)
    await change_said(call.bearer, said)
    return call.again(Said("own.saved"))


async def _fields(call: Call) -> list[OwnField]:
    return fields_of(call.seen.account, call.seen.center, await call.spoken())


routes = screen(HOME, get_profile, post_profile)
