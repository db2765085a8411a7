"""`/account`: what somebody says of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from carteiro.directory.settings.account_center import AccountField
from carteiro.directory.settings.sign_in_experience import require_url
from carteiro.flows.account.profile import change_account, change_profile
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import HOME, Call, Went, screen
from carteiro.pages.forms import Form

_OWN = {"name": AccountField.NAME, "avatar": AccountField.AVATAR}
_PROFILE = ("givenName", "familyName", "nickname")
_LONGEST: Mapping[str, int] = {"avatar": 2048}
_LONGEST_TEXT = 128


async def get_profile(call: Call) -> Response:
    """Name, picture and profile, as far as the tenant shows them."""
    center, account = call.seen.center, call.seen.account
    profile = account.get("profile") or {}
    fields = [
        (name, account.get(name) or "", center.edits(field))
        for name, field in _OWN.items()
        if center.shows(field)
    ]
    if center.shows(AccountField.PROFILE):
        edits = center.edits(AccountField.PROFILE)
        fields += [(name, profile.get(name) or "", edits) for name in _PROFILE]
    return await call.page("account/profile.html", fields=fields)


async def post_profile(call: Call, form: Form) -> Went:
    """Save what differs."""
    account = call.seen.account
    profile = account.get("profile") or {}
    columns: dict[str, Any] = {
        name: form[name].strip() or None
        for name in _OWN
        if name in form and form[name].strip() != (account.get(name) or "")
    }
    members = {
        name: form[name].strip()
        for name in _PROFILE
        if name in form and form[name].strip() != (profile.get(name) or "")
    }
    wrong = _wrong({**columns, **members})
    if wrong:
        return call.again(**wrong)
    if columns:
        await change_account(call.bearer, columns)
    if members:
        await change_profile(call.bearer, members)
    return call.again(Said("own.saved"))


def _wrong(given: Mapping[str, str | None]) -> dict[str, Said]:
    """What cannot be kept, by field."""
    wrong = {
        name: Said("error.general_invalid")
        for name, value in given.items()
        if value is not None and len(value) > _LONGEST.get(name, _LONGEST_TEXT)
    }
    avatar = given.get("avatar")
    if avatar is not None:
        try:
            require_url(avatar)
        except ValueError:
            wrong["avatar"] = Said("error.general_invalid")
    return wrong


routes = screen(HOME, get_profile, post_profile)
