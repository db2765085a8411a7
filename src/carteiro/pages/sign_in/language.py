"""`/language`: the person chooses in which words they are met, by page and by mail."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens.language import choose
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.paths import SIGN_IN
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.calls import take_form

_PATH = "/language"
_PAGE = re.compile(r"(?:/[A-Za-z-]+)+")
"""Nothing that a browser could read as another host, with what it leaves out of an address."""


async def post_language(request: Request) -> Response:
    """Speak another language from now on, and show the same page again."""
    return await take_form(request, SIGN_IN, _chosen)


async def _chosen(guest: Guest, shown: Shown, form: Form) -> Went:
    await choose(guest, shown, form.get("lng", ""))
    back = form.get("back", "")
    return Went(to=back if _PAGE.fullmatch(back) else SIGN_IN, state=shown.state)


routes = [Route(_PATH, post_language, methods=["POST"])]
